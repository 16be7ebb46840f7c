# 内蔵エディターが書く理由、見出し、編集後記。
reason-watched = ウォッチ対象（{ $what }）です。
reason-published = RFC { $number }として発行されました。
reason-published-as = RFC { $number }（{ $status }）として発行されました。
reason-approved = IESGに承認されました。
reason-last-call = IETFラストコール中です。
reason-last-call-until = { $date }までIETFラストコール中です。
reason-adopted = { $group }ワーキンググループの文書として初めての版です。
reason-adopted-from = { $from }が{ $group }ワーキンググループに採択されました。
reason-new = 初版が公開されました。
reason-authors = 著者は{ $count }名です。
reason-subject = 表題に「{ $word }」を含みます。
reason-mature = { $count }回目の改訂です。
reason-updates = { $rfcs }を更新する提案です。
reason-updates-now = { $rfcs }を更新します。
reason-obsoletes-now = { $rfcs }を置き換えます。
reason-obsoletes = { $rfcs }を置き換える提案です。
reason-sisters = { $count ->
   *[other] 姉妹ドラフト{ $titles }と同じ日に公開されました。
}
reason-sisters-more = 姉妹ドラフト{ $titles }ほか{ $more }件と同じ日に公開されました。
reason-several = 同じ日に{ $revisions }が公開されました。
reason-surge = 「{ $theme }」のドラフトが{ $count }件と、いつになく多く届きました。
subject-agents = エージェント
subject-post-quantum = ポスト量子
subject-ai-preferences = AI利用の意思表示
subject-ai = AI
subject-bots = ボット
headline-and = と、
headline-comma = 、
headline-both = ・
headline-name = ：
headline-more = 、ほか{ $count }件
sentence-named = 初版の{ $count }件は、いずれも表題に「{ $subject }」を含む。
sentence-one-group = ドラフト{ $count }件は、すべて{ $group }グループの文書。
sentence-largest = ドラフトの数は、それまでの{ $days }日間のどの日よりも多い。
sentence-none-new = 初版のドラフトはない。
teaser-rfc = { $detail }発行：{ $title }
teaser-adopted = ワーキンググループが採択：{ $title }
teaser-approved = IESG承認：{ $title }
teaser-last-call = ラストコール中：{ $title }
teaser-new = 新登場：{ $title }
teaser-changes = { $detail }を改める提案：{ $title }
teaser-pair = あわせて読みたい姉妹ドラフト：{ $title }
teaser-other = { $title }
closing-weekend = 週末のため、ドラフトの投稿もRFCの発行もお休みでした。
closing-weekend-some = 週末らしく、届いた文書はわずかでした。
closing-cut-off = IETF会合前の投稿締め切りを過ぎ、いまは新しいドラフトの受け付けが止まっています。
closing-holiday = 事務局は休業中です（{ $name }）。
closing-theme = 最も多かったテーマは「{ $theme }」で、{ $count }件でした。
closing-ages = { $new ->
    [0] 初版のドラフトはなく、
   *[other] 初版が{ $new }件、
}{ $mature ->
    [0] 10回以上改訂されたものはありませんでした。
   *[other] 10回以上の改訂を重ねたものが{ $mature }件ありました。
}
closing-groups = 計{ $count }のワーキンググループから文書が届きました。
