# 紙面の見出しと決まり文句。

## 日付と数
weekday-1 = 月
weekday-2 = 火
weekday-3 = 水
weekday-4 = 木
weekday-5 = 金
weekday-6 = 土
weekday-7 = 日
weekday-short-1 = 月
weekday-short-2 = 火
weekday-short-3 = 水
weekday-short-4 = 木
weekday-short-5 = 金
weekday-short-6 = 土
weekday-short-7 = 日
month-1 = 1
month-2 = 2
month-3 = 3
month-4 = 4
month-5 = 5
month-6 = 6
month-7 = 7
month-8 = 8
month-9 = 9
month-10 = 10
month-11 = 11
month-12 = 12
month-year = { $year }年{ $month }月
date-long = { $year }年{ $month }月{ $day }日（{ $weekday }）
date-range-month = { $year }年{ $month }月{ $fromday }日〜{ $day }日
date-range-year = { $year }年{ $frommonth }月{ $fromday }日〜{ $month }月{ $day }日
date-range = { $fromyear }年{ $frommonth }月{ $fromday }日〜{ $year }年{ $month }月{ $day }日
date-short = { $month }月{ $day }日
list-comma = 、
mark-colon = ：
mark-open = （
mark-close = ）
mark-quotes = 「{ $text }」

## 件名とプレヘッダー
month-short-1 = 1
month-short-2 = 2
month-short-3 = 3
month-short-4 = 4
month-short-5 = 5
month-short-6 = 6
month-short-7 = 7
month-short-8 = 8
month-short-9 = 9
month-short-10 = 10
month-short-11 = 11
month-short-12 = 12
subject = { $news }｜{ $counts } { $date }
subject-counts = { $counts } { $date }
subject-between = 、
subject-date = { $month }/{ $day }
subject-range-month = { $month }/{ $fromday }〜{ $day }
subject-range = { $frommonth }/{ $fromday }〜{ $month }/{ $day }
subject-drafts = { $count }件
subject-rfc = RFC { $number }：{ $title }
subject-last-call = ラストコール：{ $title }
subject-decided = 承認：{ $title }
subject-pair = { $of }の{ $name }
subject-quiet = 静かな日：{ $why }｜{ $date }
subject-quiet-weekend = 週末
subject-quiet-cutoff = 投稿締め切り期間
subject-quiet-holiday = 事務局休業
subject-quiet-filtered = この版に載せるものなし
subject-quiet-unread = メールボックス応答なし
subject-quiet-unknown = アナウンスなし
preheader-between = ｜
preheader-first = { $title }（初版）
preheader-closing = ラストコール{ $count }件が{ $date }までに終了
preheader-watched = { $what } { $count }件
preheader-new = 初版{ $count }件
preheader-no-rfc = RFCなし
preheader-no-last-call = ラストコールなし
preheader-last = 直近のドラフトまたはRFCは{ $date }

## 題字
masthead = 日刊 nikkan
page-title = nikkan { $iso }：{ $drafts }、{ $rfcs }
page-title-span = nikkan { $since }から{ $iso }まで：{ $drafts }、{ $rfcs }
page-title-week = nikkan { $since }〜{ $iso }の週：{ $drafts }、{ $rfcs }
count-drafts = ドラフト{ $count }件
count-rfcs = RFC { $count }件
count-announcements = アナウンスメール{ $count }通
strip-caption = 1日の件数（対数）
strip-alt = { $from }から{ $to }までの1日ごとのドラフト数。最少{ $low }件、中央値{ $median }件、最多は{ $peak }の{ $high }件、この日は{ $today }件。
strip-alt-span = { $from }から{ $to }までの1日ごとのドラフト数。最少{ $low }件、中央値{ $median }件、最多は{ $peak }の{ $high }件、この号の期間は合わせて{ $today }件。
strip-text = この{ $days }日間：1日{ $low }〜{ $high }件、中央値{ $median }件
strip-peak = 最多{ $high }件（{ $peak }）
tally-theme = { $title } { $count }件

## 見出し
heading-part = この回のポイント
heading-tally = テーマ別の件数
heading-rfcs = 発行されたRFC
heading-last_calls = ラストコール
heading-actions = 承認と決定
heading-groups = グループの動き
heading-meetings = 会合
heading-notices = そのほかのお知らせ
heading-late = 遅れて届いた分と訂正
heading-closing = 編集後記
no-drafts = この日に公開されたドラフトはありません。
no-drafts-span = この期間に公開されたドラフトはありません。
no-drafts-filtered = この版の絞り込みに合うドラフトはありません。
late-intro = それぞれの日の紙面を締め切ったあとに届いたもの、または紙面の内容を訂正するものです。
busy-news = 件数の多い日のため、改訂は表題と著者のみ。
busy-lines = 件数の多い日のため、一覧は表題のみ。
busy-few = 件数が多すぎるため一部のみ。残りは「nikkan digest」で表示できる。
entries-more = ほかに{ $count }件ありますが、ここには載せきれません。

## 文書
mark-new = 初版
revision-previous = { $days ->
    [0] 前の版も同じ日に公開
    [1] 前の版は前日（{ $date }）
   *[other] 前の版は{ $date }（{ $days }日前）
}
revision-previous-span = 前の版は{ $date }
revisions-same-span = この期間に{ $revisions }を公開
revisions-same-day = 同じ日に{ $revisions }を公開
meta-pages = { $count }ページ
others = ほか{ $count }件
authors-more = { $names }ほか{ $count }名
group-both = { $acronym }（{ $name }）
updates = 更新対象：{ $rfcs }
obsoletes = 廃止対象：{ $rfcs }
related = 関連
first-seen = 初出{ $date }
last-call-open = ラストコール中（{ $date }まで）
approved-on = { $date }にIESGが承認
became-rfc = RFC { $number }として発行済み
adopted-from = グループ文書に採択（旧{ $name }）
watched = ウォッチ対象
watch-groups = { $what }グループ
watch-authors = 著者：{ $what }
watch-drafts = ドラフト：{ $what }
watch-keywords = 「{ $what }」を含む
rfc-stream = { $stream }ストリーム
rfc-was = もとのドラフトは{ $name }
rfc-series = { $series }の一部
link-datatracker = Datatracker
link-html = 本文
link-diff = 差分
link-message = 元のメール

## ラストコール、決定、グループ、会合、遅着分
last-call-ends = コメント期限：{ $date }
last-call-status = 発行時の位置づけ：{ $status }
last-call-group = グループ内のラストコール
last-call-adoption = 採択の可否を問う意見募集
action-protocol = 承認
action-document = 承認
action-conflict_review = 競合レビュー
action-status_change = 位置づけの変更
action-decision = 決定
action-publish = 発行に異議なし
action-publish-not = 発行しないよう勧告
action-status = { $action }：{ $status }
group-review = チャーターをレビュー中
group-review-internal = チャーターを内部レビュー中
group-formed = 設立
group-rechartered = チャーターを改定
group-concluded = 活動終了
meeting-starts = { $when }から
meeting-date = { $month }月{ $day }日（{ $weekday }）
meeting-time = { $date }{ $time } { $zone }
meeting-changed = 変更あり
meeting-cancelled = 中止
late-day = { $date }の分

## 静かな日
silence-weekend = この日は{ $weekday }曜日です。週末に公開される文書はほとんどありません。
silence-cutoff = 会合前の投稿締め切り期間中です。
silence-cutoff-since = { $since }から、会合前の投稿締め切り期間に入っています。
silence-cutoff-until = 会合前の投稿締め切り期間中です。受け付けは{ $until }に再開します。
silence-cutoff-both = { $since }から{ $until }までは、会合前の投稿締め切り期間です。
silence-holiday = 事務局は休業中です（{ $name }）。
silence-unknown = 週末でも投稿締め切り期間でもありません。どのメーリングリストにも、アナウンスは流れませんでした。
silence-unknown-span = 投稿締め切り期間ではありません。どのメーリングリストにも、アナウンスは流れませんでした。
silence-documents = 週末でも投稿締め切り期間でもありません。ドラフトとRFCのアナウンスは、ありませんでした。
silence-documents-span = 投稿締め切り期間ではありません。ドラフトとRFCのアナウンスは、ありませんでした。
silence-last-span = その前のドラフトまたはRFCは、期間の{ $days }日前にあたる{ $date } { $time } UTCに届いています。
silence-last = { $days ->
    [0] 直近のドラフトまたはRFCは{ $time } UTCに届きました。
    [1] 直近のドラフトまたはRFCは、前日の{ $date } { $time } UTCに届いています。
   *[other] 直近のドラフトまたはRFCは、{ $days }日前の{ $date } { $time } UTCに届いています。
}
connected = この日はメールボックスに{ $hours }時間{ $minutes }分つながっていました。取りこぼしはありません。
connected-part = この日にメールボックスとつながっていたのは{ $hours }時間{ $minutes }分だけです。その間の分はあとから取り込み済みで、今後届く分は遅着として載せます。
connected-span = この期間、メールボックスには{ $hours }時間{ $minutes }分つながっていました。取りこぼしはありません。
connected-part-span = この期間にメールボックスとつながっていたのは{ $hours }時間{ $minutes }分だけです。その間の分はあとから取り込み済みで、今後届く分は遅着として載せます。

## 奥付
footer-connected = メールボックスとの接続：{ $hours }時間{ $minutes }分
footer-connected-span = この期間のメールボックスとの接続：{ $hours }時間{ $minutes }分
footer-hidden = この版の絞り込みに合わない{ $count }通は載せていません。
footer-unread = この日の終わりにメールボックスが応答しませんでした（最後の応答は{ $when }）。残っている分は失われていません。次号の「遅れて届いた分」に載せます。
footer-unread-partly = この日の終わりにメールボックスの一部を読めませんでした。残っている分は失われていません。次号の「遅れて届いた分」に載せます。
footer-unread-ever = この日の終わりにメールボックスが応答しませんでした。残っている分は失われていません。次号の「遅れて届いた分」に載せます。
footer-silent = { $list }：平日{ $weekdays }日間、何も届いていません。購読が切れている可能性があります。
footer-llm = 要約と注目の理由は、アブストラクトをもとに{ $editor }が書きました。引用の前に原文をご確認ください。
footer-fallbacks = うち{ $count }件は、モデルに代わって内蔵エディターがアブストラクトをもとに書きました。

## 分割投稿
part-title = { $title }（全{ $parts }回の{ $part }回目）
part-range = 全{ $total }件のうち{ $from }〜{ $to }件目です（{ $tally }）。
part-ages = { $new ->
    [0] 初版はなく、
   *[other] 初版が{ $new }件、
}{ $revised ->
    [0] 改訂版はありません。
   *[other] 改訂版が{ $revised }件です。
}
part-lead = { $title }（{ $mark }）

## サイトとフィード
site-title = バックナンバー
site-all = バックナンバー
site-latest = 最近の号
site-feed = フィードを購読
site-empty = まだ1号も出ていません。
site-intro = { $since }から全{ $issues }、{ $counts }。
site-day = { $date }：{ $counts }
count-issues = { $count }号
feed-title = 日刊 nikkan：{ $edition }

## 読者
farewell-subject = { $edition } の配信を停止しました
farewell-done = nikkan「{ $edition }」の配信停止を承りました。今後、{ $address } 宛てに「{ $edition }」をお送りすることはありません。
farewell-back = お心当たりのない場合、また配信の再開をご希望の場合は、{ $contact } までご連絡ください。
