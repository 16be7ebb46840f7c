# The built-in editor's reasons and closing notes. Each is a whole sentence.
reason-watched = On your watch list ({ $what }).
reason-published = Published as RFC { $number }.
reason-published-as = Published as RFC { $number }, { $status }.
reason-approved = Approved by the IESG.
reason-last-call = In IETF last call.
reason-last-call-until = In IETF last call until { $date }.
reason-adopted = First version as a document of { $group }.
reason-adopted-from = Adopted by { $group }; it was { $from } before.
reason-new = First version.
reason-authors = By { $count } authors.
reason-subject = “{ $word }” stands in its title.
reason-mature = The { $ordinal } revision.
reason-updates = Would update { $rfcs }.
reason-updates-now = Updates { $rfcs }.
reason-obsoletes-now = Replaces { $rfcs }.
reason-obsoletes = Would replace { $rfcs }.
reason-sisters = { $count ->
    [one] Posted together with its sister draft { $titles }.
   *[other] Posted together with its sister drafts { $titles }.
}
reason-sisters-more = Posted together with { $titles } and { $more } more of its family.
reason-several = Revisions { $revisions } came on the same day.
reason-surge = { $count } drafts on { $theme }, far more than usual.
subject-agents = agents
subject-post-quantum = “post-quantum”
subject-ai-preferences = AI preferences
subject-ai = AI
subject-bots = bots
headline-and = { ", and " }
headline-comma = { ", " }
headline-both = { " and " }
headline-name = { ": " }
headline-more = { ", and " }{ $count } more
sentence-named = { $count ->
    [2] Both first versions have { $subject } in their titles.
   *[other] All { $count } first versions have { $subject } in their titles.
}
sentence-one-group = All { $count } drafts are documents of { $group }.
sentence-largest = None of the { $days } days before had as many drafts.
sentence-none-new = No draft is a first version.
closing-weekend = At the weekend few drafts are posted, and few RFCs published.
closing-weekend-some = It is the weekend, and little was posted.
closing-cut-off = Submissions closed with the cut-off, as before every IETF meeting; submissions reopen when the meeting begins.
closing-holiday = The secretariat is closed ({ $name }).
closing-theme = The largest theme was { $theme }, with { $count } drafts.
closing-ages = { $new ->
    [0] No draft is a first version
    [one] One draft is a first version
   *[other] { $new } drafts are first versions
}; { $mature ->
    [0] none has reached its tenth revision.
    [one] one has reached its tenth revision or more.
   *[other] { $mature } have reached their tenth revision or more.
}
closing-groups = { $count } groups have documents among them.
