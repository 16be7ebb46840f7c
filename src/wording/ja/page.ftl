# 要点と一覧の行。

## 記号
mark-dot = ｜
mark-gap = { "　" }
mark-star = ★
keywords-line = { $terms }
keywords = キーワード：{ $terms }

## 最初の行
lead-first = nikkan　{ $date }UTC
lead-first-span = nikkan　{ $date }の{ $days }日分（UTC）
lead-first-week = nikkan　週のまとめ　{ $date }（UTC）
lead-span = 発行できなかった日があり、{ $days }日分を1通にまとめています。
lead-drafts = { $count ->
    [0] ドラフトなし
   *[other] ドラフト{ $count }件
}
lead-ages = { $drafts }（初版{ $new }、改訂{ $revised }）
lead-all-new = { $count ->
    [1] ドラフト1件（初版）
   *[other] ドラフト{ $count }件（すべて初版）
}
lead-all-revised = { $count ->
    [1] ドラフト1件（改訂）
   *[other] ドラフト{ $count }件（すべて改訂）
}
lead-wg = WG文書{ $count }
lead-rg = RG文書{ $count }
lead-board = IAB文書{ $count }
lead-individual = 個人ドラフト{ $count }
lead-rfcs = { $count ->
    [0] RFCなし
   *[other] RFC { $count }件
}
lead-last-calls = { $count ->
    [0] ラストコールなし
   *[other] ラストコール{ $count }件
}
lead-approvals = 承認{ $count }件
lead-length = 要点は約{ $words }字、{ $time }。{ $all }
lead-length-small = 約{ $words }字、{ $time }。
lead-below = 全{ $count }件の一覧はその下。
lead-below-others = 全{ $count }通の一覧はその下。
time-seconds = { $count }秒
time-minutes = { $minutes ->
    [1.5] 1分半
    [2.5] 2分半
   *[other] { $minutes }分
}

## ウォッチ条件と締め切り
lead-watch = ウォッチ条件：{ $what }　{ $count }件
lead-watch-several = ウォッチ条件に合うもの　{ $count }件
lead-watch-more = ほか{ $count }件は一覧に★で示す。
lead-watch-groups = { $what }
lead-watch-authors = { $what }
lead-watch-drafts = { $what }
lead-watch-keywords = 「{ $what }」
lead-closes = 締め切り
lead-closes-on = { $date }まで
lead-closes-more = ほか{ $count }件は一覧に。

## 文書について
told-new = 初版
told-revision = -{ $revision }
told-revisions = { $revisions }（同日）
told-revisions-span = { $revisions }
told-and = { $one }と{ $other }
told-short = { $what } { $revision }
told-count = { $count }件
rev-new = 初版
origin-individual = 個人ドラフト
origin-several = { $count }グループの文書
group-wg = { $acronym } WG
group-rg = { $acronym } RG
who-more = { $name }ほか{ $count }名
authors-number = 著者{ $number }人
authors-common = 著者{ $number }人が共通
number-2 = 2
number-3 = 3
number-4 = 4
number-5 = 5
number-6 = 6
number-7 = 7
number-8 = 8
number-9 = 9
would-update = 更新対象：{ $rfcs }
would-replace = 置き換え対象：{ $rfcs }
fact-updates = 更新：{ $rfcs }
fact-replaces = 置き換え：{ $rfcs }
fact-was = 旧{ $name }
fact-adopted = グループ文書に採択（{ $group }）
fact-last-call = ラストコール { $date }まで
fact-last-call-open = ラストコール中
fact-approved = 承認
fact-became = { $name }として発行
fact-kind = 種類：{ $kind }
fact-rfcs = 関連：{ $rfcs }

## 一覧と末尾
theme-count = { $title }　{ $count }件
small-list = 全文書
foot-sources = 情報源：{ $sources }
foot-source = { $list } { $count }通
foot-leave = このメールは{ $edition }版の読者に配信しています。配信停止やご意見は、このメールへの返信でどうぞ。

## 文書の位置づけ
status-proposed = Proposed Standard（標準化提唱）
status-standard = Internet Standard（インターネット標準）
status-practice = BCP（現時点のベストプラクティス）
status-informational = Informational（情報提供）
status-experimental = Experimental（実験的）
status-historic = Historic（歴史的）
