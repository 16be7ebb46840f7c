# 紙面の見出しと決まり文句。
count-drafts = Internet-Draft { $count }件
