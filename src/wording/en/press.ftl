# Headings and fixed phrases of the printed digest.

## Dates and numbers
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
weekday-short-1 = Mon
weekday-short-2 = Tue
weekday-short-3 = Wed
weekday-short-4 = Thu
weekday-short-5 = Fri
weekday-short-6 = Sat
weekday-short-7 = Sun
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-year = { $month } { $year }
date-long = { $weekday }, { $day } { $month } { $year }
date-range-month = { $fromday } to { $day } { $month } { $year }
date-range-year = { $fromday } { $frommonth } to { $day } { $month } { $year }
date-range = { $fromday } { $frommonth } { $fromyear } to { $day } { $month } { $year }
date-short = { $day } { $month }
list-comma = { ", " }
mark-colon = { ": " }
mark-open = { " (" }
mark-close = )
mark-quotes = “{ $text }”

## Subject and preheader
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
subject = { $news } · { $counts }, { $date }
subject-counts = { $counts }, { $date }
subject-between = { "; " }
subject-date = { $day } { $month }
subject-range-month = { $fromday }–{ $day } { $month }
subject-range = { $fromday } { $frommonth } – { $day } { $month }
subject-drafts = { $count ->
    [one] 1 draft
   *[other] { $count } drafts
}
subject-rfc = RFC { $number }: { $title }
subject-last-call = Last call: { $title }
subject-decided = Approved: { $title }
subject-pair = { $of } { $name }
subject-quiet = Quiet: { $why } · { $date }
subject-quiet-weekend = weekend
subject-quiet-cutoff = submissions are closed
subject-quiet-holiday = holidays
subject-quiet-filtered = nothing for this edition
subject-quiet-unread = the mailbox could not be read
subject-quiet-unknown = nothing announced
preheader-between = { " · " }
preheader-first = { $title }, first version
preheader-closing = { $count ->
    [one] a last call ends by { $date }
   *[other] { $count } last calls end by { $date }
}
preheader-watched = { $what }: { $count ->
    [one] 1 document
   *[other] { $count } documents
}
preheader-new = { $count ->
    [one] 1 first version
   *[other] { $count } first versions
}
preheader-no-rfc = no RFC
preheader-no-last-call = no last call
preheader-last = the last draft or RFC came on { $date }

## Head
masthead = nikkan 日刊
page-title = nikkan { $iso }: { $drafts }, { $rfcs }
page-title-span = nikkan { $since } to { $iso }: { $drafts }, { $rfcs }
page-title-week = nikkan, week { $since } to { $iso }: { $drafts }, { $rfcs }
count-drafts = { $count ->
    [one] 1 Internet-Draft
   *[other] { $count } Internet-Drafts
}
count-rfcs = { $count ->
    [one] 1 RFC
   *[other] { $count } RFCs
}
count-announcements = { $count ->
    [one] 1 announcement
   *[other] { $count } announcements
}
strip-caption = Drafts a day, log scale
strip-alt = Internet-Drafts a day from { $from } to { $to }: lowest { $low }, median { $median }, highest { $high } on { $peak }, this day { $today }.
strip-alt-span = Internet-Drafts a day from { $from } to { $to }: lowest { $low }, median { $median }, highest { $high } on { $peak }; in the days of this digest { $today } together.
strip-text = Last { $days } days: { $low } to { $high } drafts a day, median { $median }
strip-peak = most { $high } on { $peak }
tally-theme = { $title } { $count }

## Headings
heading-part = In this part
heading-tally = Themes
heading-rfcs = RFCs published
heading-last_calls = Last calls
heading-actions = Approvals and decisions
heading-groups = Groups
heading-meetings = Meetings
heading-notices = Notices
heading-late = Late arrivals and corrections
heading-closing = Closing note
no-drafts = No Internet-Draft was announced on this day.
no-drafts-span = No Internet-Draft was announced on these days.
no-drafts-filtered = No Internet-Draft passes the filters of this edition.
late-intro = These came after the digest of their own day had been sealed, or correct what it told.
busy-news = A busy day: first versions say what they are about, revisions whose they are.
busy-lines = A busy day: each draft has its title.
busy-few = So much was announced that not all of it stands here: `nikkan digest` prints the rest.
entries-more = { $count ->
    [one] One more has no room here.
   *[other] { $count } more have no room here.
}

## A document
mark-new = new
revision-previous = { $days ->
    [0] Previous revision on the same day
    [one] Previous revision { $date }, the day before
   *[other] Previous revision { $date }, { $days } days before
}
revision-previous-span = Previous revision { $date }
revisions-same-span = Revisions { $revisions } within these days
revisions-same-day = Revisions { $revisions } on the same day
meta-pages = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
others = and { $count } more
authors-more = { $names } and { $count } more
group-both = { $acronym } ({ $name })
updates = Updates { $rfcs }
obsoletes = Obsoletes { $rfcs }
related = See also
adopted-from = Adopted by the group; it was { $name } before
first-seen = First seen { $date }
last-call-open = In last call until { $date }
approved-on = Approved by the IESG on { $date }
became-rfc = Published as RFC { $number }
watched = On your watch list
watch-groups = group { $what }
watch-authors = author { $what }
watch-drafts = draft { $what }
watch-keywords = keyword { $what }
rfc-stream = { $stream } stream
rfc-was = Formerly { $name }
rfc-series = Part of { $series }
link-datatracker = Datatracker
link-html = Text
link-diff = Diff
link-message = Message

## Last calls, decisions, groups, meetings, late arrivals
last-call-ends = comments until { $date }
last-call-status = to become { $status }
last-call-group = last call of the group
last-call-adoption = call for adoption
action-protocol = approved
action-document = approved
action-conflict_review = conflict review
action-status_change = status change
action-decision = decision
action-publish = no objection to publication
action-publish-not = advises against publication
action-status = { $action }: { $status }
group-review = charter under review
group-review-internal = charter under internal review
group-formed = formed
group-rechartered = rechartered
group-concluded = concluded
meeting-starts = starts { $when }
meeting-date = { $weekday } { $day } { $month } { $year }
meeting-time = { $date }, { $time } { $zone }
meeting-changed = changed
meeting-cancelled = cancelled
late-day = belongs to { $date }

## Silence
silence-weekend = It was a { $weekday }; few documents are posted at weekends.
silence-cutoff = Submissions are closed before the meeting.
silence-cutoff-since = Submissions have been closed since { $since }, before the meeting.
silence-cutoff-until = Submissions are closed before the meeting and open again on { $until }.
silence-cutoff-both = Submissions are closed before the meeting, from { $since } until { $until }.
silence-holiday = The secretariat is closed: { $name }.
silence-unknown = Neither a weekend nor a known cut-off explains it; the lists simply carried nothing.
silence-unknown-span = No known cut-off explains it; the lists simply carried nothing.
silence-documents = Neither a weekend nor a known cut-off explains it; the lists simply carried no draft and no RFC.
silence-documents-span = No known cut-off explains it; the lists simply carried no draft and no RFC.
silence-last-span = { $days ->
    [one] The last draft or RFC before came on { $date } at { $time } UTC, one day before these.
   *[other] The last draft or RFC before came on { $date } at { $time } UTC, { $days } days before these.
}
silence-last = { $days ->
    [0] The last draft or RFC came at { $time } UTC.
    [one] The last draft or RFC came on { $date } at { $time } UTC, one day before.
   *[other] The last draft or RFC came on { $date } at { $time } UTC, { $days } days before.
}
connected = Connected to the mailbox for { $hours } h { $minutes } m of the day, so nothing was missed.
connected-part = Connected to the mailbox for only { $hours } h { $minutes } m of the day; what was posted meanwhile has been fetched since, and what still comes is a late arrival.
connected-span = Connected to the mailbox for { $hours } h { $minutes } m of these days, so nothing was missed.
connected-part-span = Connected to the mailbox for only { $hours } h { $minutes } m of these days; what was posted meanwhile has been fetched since, and what still comes is a late arrival.

## Footer
footer-connected = Connected to the mailbox for { $hours } h { $minutes } m of the day.
footer-connected-span = Connected to the mailbox for { $hours } h { $minutes } m of these days.
footer-hidden = { $count ->
    [one] One more announcement does not pass the filters of this edition and is not shown.
   *[other] { $count } more announcements do not pass the filters of this edition and are not shown.
}
footer-unread = The mailbox did not answer when the day was over (its last sign of life was { $when }). What it still holds is not lost: it follows in the next digest, under late arrivals.
footer-unread-partly = A part of the mailbox could not be read when the day was over. What it holds is not lost: it follows in the next digest, under late arrivals.
footer-unread-ever = The mailbox did not answer when the day was over. What it still holds is not lost: it follows in the next digest, under late arrivals.
footer-silent = { $list }: nothing for { $weekdays } weekdays; the subscription may have ended.
footer-llm = Summaries and reasons were written by { $editor } from the abstracts; check the document before you rely on them.
footer-fallbacks = { $count ->
    [one] One text that a model should have written was taken from the abstracts instead.
   *[other] { $count } texts that a model should have written were taken from the abstracts instead.
}

## Parts, for posting
part-title = { $title } (part { $part } of { $parts })
part-range = Drafts { $from } to { $to } of { $total }: { $tally }.
part-ages = { $new ->
    [0] No first version
    [one] 1 first version
   *[other] { $new } first versions
}, { $revised ->
    [0] no revision
    [one] 1 revision
   *[other] { $revised } revisions
}.
part-lead = { $title } ({ $mark })

## Site and feed
site-title = All digests
site-all = All digests
site-latest = Latest
site-feed = Atom feed
site-empty = No day is over yet.
site-intro = { $issues } since { $since }: { $counts }.
site-day = { $date }: { $counts }
count-issues = { $count ->
    [one] 1 digest
   *[other] { $count } digests
}
feed-title = nikkan 日刊: { $edition }

## Readers
farewell-subject = You have left { $edition }
farewell-done = You asked to leave the digest “{ $edition }” of nikkan. It will no longer be sent to { $address }.
farewell-back = If it was not you who asked, or if you want to come back, write to { $contact }.
