# The lead and the lines of the list.

## Marks
mark-dot = { " · " }
mark-gap = { " · " }
mark-star = ★
keywords-line = { $terms }
keywords = About: { $terms }

## The first lines
lead-first = nikkan · { $date } (UTC)
lead-first-span = nikkan · { $days } days, { $date } (UTC)
lead-first-week = nikkan · the week { $date } (UTC)
lead-span = No digest could be made on the days before: these { $days } days are summed up in one.
lead-drafts = { $count ->
    [0] no draft
    [one] 1 draft
   *[other] { $count } drafts
}
lead-ages = { $drafts }: { $new ->
    [one] 1 first version
   *[other] { $new } first versions
}, { $revised } revised
lead-all-new = { $count ->
    [one] 1 draft, a first version
   *[other] { $count } drafts, all first versions
}
lead-all-revised = { $count ->
    [one] 1 draft, revised
   *[other] { $count } drafts, all revised
}
lead-wg = { $count ->
    [one] 1 from a working group
   *[other] { $count } from working groups
}
lead-rg = { $count ->
    [one] 1 from a research group
   *[other] { $count } from research groups
}
lead-board = { $count } from the IAB
lead-individual = { $count } individual
lead-rfcs = { $count ->
    [0] no RFC
    [one] 1 RFC
   *[other] { $count } RFCs
}
lead-last-calls = { $count ->
    [0] no last call
    [one] 1 last call
   *[other] { $count } last calls
}
lead-approvals = { $count ->
    [one] 1 approval
   *[other] { $count } approvals
}
lead-length = Lead { $words } words, { $time } · { $all }
lead-length-small = { $words } words, { $time }
lead-below = { $count ->
    [one] the document is below
   *[other] all { $count } documents below
}
lead-below-others = { $count ->
    [one] the announcement is below
   *[other] all { $count } announcements below
}
time-seconds = { $count } seconds
time-minutes = { $minutes ->
    [1] 1 minute
   *[other] { $minutes } minutes
}

## What the reader watches, and what closes
lead-watch = You watch { $what }: { $count ->
    [one] 1 document
   *[other] { $count } documents
}
lead-watch-several = What you watch: { $count ->
    [one] 1 document
   *[other] { $count } documents
}
lead-watch-more = { $count ->
    [one] One more is marked ★ below.
   *[other] { $count } more are marked ★ below.
}
lead-watch-groups = { $what }
lead-watch-authors = { $what }
lead-watch-drafts = { $what }
lead-watch-keywords = “{ $what }”
lead-closes = What closes
lead-closes-on = { $date }
lead-closes-more = { $count ->
    [one] One more stands below.
   *[other] { $count } more stand below.
}

## What is said of a document
told-new = first version
told-revision = -{ $revision }
told-revisions = { $revisions } on one day
told-revisions-span = { $revisions }
told-and = { $one } and { $other }
told-short = { $what } { $revision }
told-count = { $count } documents
rev-new = new
origin-individual = individual
origin-several = of { $count } groups
group-wg = { $acronym } WG
group-rg = { $acronym } RG
who-more = { $name } and { $count }
authors-number = { $count ->
    [one] one author
   *[other] { $number } authors
}
authors-common = { $count ->
    [one] one author in common
   *[other] { $number } authors in common
}
number-2 = two
number-3 = three
number-4 = four
number-5 = five
number-6 = six
number-7 = seven
number-8 = eight
number-9 = nine
would-update = would update { $rfcs }
would-replace = would replace { $rfcs }
fact-updates = updates { $rfcs }
fact-replaces = replaces { $rfcs }
fact-was = was { $name }
fact-adopted = adopted by { $group }
fact-last-call = last call until { $date }
fact-last-call-open = in last call
fact-approved = approved
fact-became = published as { $name }
fact-kind = { $kind }
fact-rfcs = named: { $rfcs }

## The list and the foot
theme-count = { $title } · { $count }
small-list = All of it
foot-sources = Sources: { $sources }
foot-source = { $list } { $count }
foot-leave = You get this as a reader of the edition { $edition }. To leave it, or to tell us something, answer this mail.

## Levels of documents
status-proposed = Proposed Standard
status-standard = Internet Standard
status-practice = Best Current Practice
status-informational = Informational
status-experimental = Experimental
status-historic = Historic
