# 内蔵エディターが書く理由、見出し、編集後記。
reason-watched = ウォッチ対象（{ $what }）です。
reason-published = RFC { $number }として発行されました。
reason-published-as = RFC { $number }（{ $status }）として発行されました。
reason-approved = IESGに承認されました。
reason-last-call = IETFラストコール中です。
reason-last-call-until = { $date }までIETFラストコール中です。
reason-adopted = { $group }グループの文書としての初版です。
reason-adopted-from = { $group }グループに採択されました（旧{ $from }）。
reason-new = 初版です。
reason-authors = 著者は{ $count }名です。
reason-subject = 表題に「{ $word }」を含みます。
reason-mature = -{ $count }まで改訂されています。
reason-updates = 更新対象は{ $rfcs }です。
reason-updates-now = { $rfcs }を更新します。
reason-obsoletes-now = { $rfcs }を廃止します。
reason-obsoletes = 廃止対象は{ $rfcs }です。
reason-sisters = { $count ->
   *[other] 姉妹ドラフト{ $titles }と同じ日に公開されました。
}
reason-sisters-more = 姉妹ドラフト{ $titles }ほか{ $more }件と同じ日に公開されました。
reason-several = 同じ日に{ $revisions }が公開されました。
reason-surge = 「{ $theme }」のドラフトが{ $count }件と、いつになく多く届きました。
subject-agents = エージェント
subject-post-quantum = 耐量子
subject-ai-preferences = AI利用の意思表示
subject-ai = AI
subject-bots = ボット
headline-and = と、
headline-comma = 、
headline-both = ・
headline-name = ：
headline-more = 、ほか{ $count }件
sentence-named = { $count ->
    [2] 初版の2件は、どちらも表題に「{ $subject }」を含む。
   *[other] 初版の{ $count }件は、いずれも表題に「{ $subject }」を含む。
}
sentence-one-group = ドラフト{ $count }件は、すべて{ $group }グループの文書。
sentence-largest = ドラフトの数は、過去{ $days }日間のどの日よりも多い。
sentence-none-new = 初版のドラフトはない。
closing-weekend = 週末は、ドラフトの投稿もRFCの発行もほとんどありません。
closing-weekend-some = 週末らしく、届いた文書はわずかでした。
closing-cut-off = IETF会合前の投稿締め切り期間中で、ドラフトの受け付けは会合の開始まで止まっています。
closing-holiday = 事務局は休業中です（{ $name }）。
closing-theme = 最も多かったテーマは「{ $theme }」で、{ $count }件でした。
closing-ages = { $new ->
    [0] 初版のドラフトはなく、
   *[other] 初版が{ $new }件、
}{ $mature ->
    [0] -10以降のものはありませんでした。
   *[other] -10以降のものが{ $mature }件ありました。
}
closing-groups = { $count }グループの文書が届きました。
