# Headings and fixed phrases of the printed digest.
count-drafts = { $count ->
    [one] 1 Internet-Draft
   *[other] { $count } Internet-Drafts
}
