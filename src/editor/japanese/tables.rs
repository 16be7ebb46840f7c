//! The words that titles are built with: prepositions, suffixes, and what is left English.

/// Prepositions of one word.
pub(super) const PREPOSITIONS: [&str; 30] = [
    "about",
    "across",
    "against",
    "among",
    "at",
    "between",
    "beyond",
    "by",
    "containing",
    "during",
    "for",
    "from",
    "in",
    "including",
    "inside",
    "of",
    "on",
    "over",
    "regarding",
    "supporting",
    "through",
    "to",
    "under",
    "using",
    "via",
    "with",
    "within",
    "without",
    "amongst",
    "onto",
];

/// Prepositions of several words; the longer ones first.
pub(super) const PHRASES: [&str; 11] = [
    "through the use of",
    "in the presence of",
    "in support of",
    "by means of",
    "for use with",
    "for use in",
    "for use by",
    "on top of",
    "related to",
    "based on",
    "used in",
];

/// What a suffix behind a hyphen makes of a noun.
pub(super) const SUFFIXES: [(&str, &str); 30] = [
    ("agnostic", "に依存しない"),
    ("assisted", "支援型の"),
    ("aware", "を意識した"),
    ("based", "ベースの"),
    ("bound", "に紐づく"),
    ("capable", "対応の"),
    ("centric", "中心の"),
    ("compatible", "互換の"),
    ("defined", "定義の"),
    ("driven", "駆動の"),
    ("enabled", "対応の"),
    ("independent", "に依存しない"),
    ("initiated", "起点の"),
    ("level", "レベルの"),
    ("like", "に似た"),
    ("native", "ネイティブの"),
    ("only", "のみの"),
    ("oriented", "指向の"),
    ("protected", "で保護された"),
    ("related", "関連の"),
    ("scoped", "スコープの"),
    ("sensitive", "を意識した"),
    ("side", "側の"),
    ("signed", "で署名された"),
    ("specific", "固有の"),
    ("style", "スタイルの"),
    ("wide", "全体の"),
    ("free", ""),
    ("less", ""),
    ("preserving", ""),
];

/// Suffixes that make an adjective of the word before them without a hyphen too: "Intent Based Routing".
pub(super) const LOOSE_SUFFIXES: [&str; 8] = [
    "assisted",
    "aware",
    "based",
    "compatible",
    "driven",
    "enabled",
    "oriented",
    "specific",
];

/// Prefixes before a hyphen.
pub(super) const PREFIXES: [(&str, &str); 3] =
    [("multi", "マルチ"), ("non", "非"), ("sub", "サブ")];

/// Words of sentences: a title with one is no noun phrase.
pub(super) const OF_SENTENCES: [&str; 29] = [
    "are",
    "be",
    "can",
    "considered",
    "do",
    "does",
    "has",
    "have",
    "how",
    "i",
    "is",
    "it",
    "must",
    "my",
    "no",
    "not",
    "our",
    "should",
    "that",
    "this",
    "was",
    "we",
    "what",
    "when",
    "where",
    "why",
    "will",
    "you",
    "your",
];

/// Articles and what stands like one.
pub(super) const ARTICLES: [&str; 4] = ["a", "an", "the", "their"];

/// Names whose version is a part of the name: "TLS 1.3", not 「TLSバージョン1.3」.
pub(super) const VERSIONED: [&str; 4] = ["DTLS", "HTTP", "OAuth", "TLS"];

/// Adjectives that may stand before a name without being a part of it: "Lightweight CMP" is CMP, "Simple TWAMP" is a name.
pub(super) const BEFORE_NAMES: [&str; 22] = [
    "2つの",
    "3つの",
    "PQ/Tハイブリッド",
    "カプセル化",
    "ハイブリッド",
    "ベンダー固有の",
    "信頼できる",
    "分散",
    "既存の",
    "暗号化",
    "新しい",
    "産業用",
    "署名付き",
    "耐量子",
    "耐量子ハイブリッド",
    "複合",
    "複数の",
    "軽量",
    "追加の",
    "エージェント型",
    "ドメイン間",
    "ドメイン内",
];

/// Ends of adjectives that may stand before any name.
pub(super) const BEFORE_NAMES_ENDS: [&str; 6] = [
    "ベースの",
    "対応の",
    "を考慮した",
    "を意識した",
    "固有の",
    "駆動の",
];

/// Adjectives whose reach shows only in English: does "alternative curve representation" have another curve?
pub(super) const REACHING: [&str; 18] = [
    "2つの",
    "3つの",
    "一般的な",
    "代替",
    "任意の",
    "共通",
    "基本",
    "将来の",
    "新しい",
    "既存の",
    "最小",
    "最小限の",
    "汎用",
    "特定の",
    "現代の",
    "異なる",
    "統一",
    "複数の",
];

/// Ends of a phrase before which an -ing word is a part of a compound: "Routing Protocol", "Logging Schema".
pub(super) const AFTER_ING: [&str; 20] = [
    "アルゴリズム",
    "エンジン",
    "オプション",
    "サーバー",
    "サービス",
    "システム",
    "テーブル",
    "ドメイン",
    "プロトコル",
    "ヘッダー",
    "ポリシー",
    "モデル",
    "層",
    "拡張",
    "方式",
    "情報",
    "パラメーター",
    "メッセージ",
    "セッション",
    "仕組み",
];

/// Heads that a title ends with, which then stand before their own "for": 「X for Y Architecture」.
pub(super) const LAST_HEADS: [&str; 20] = [
    "YANGデータモデル",
    "YANGモデル",
    "アーキテクチャ",
    "ガイドライン",
    "サポート",
    "データモデル",
    "フレームワーク",
    "プロトコル拡張",
    "プロファイル",
    "ベストプラクティス",
    "ユースケース",
    "レジストリ",
    "問題提起",
    "情報モデル",
    "拡張",
    "更新",
    "概要",
    "用語",
    "考慮事項",
    "要件",
];

/// Names of a single class of things before a compound; the の after other names is left out here.
pub(super) const CLOSE_NAMES: [&str; 4] = ["AI", "IoT", "L2", "L3"];

/// Heads after which a gerund phrase stands with の: 「鍵の保護の方法」.
pub(super) const WAYS: [&str; 8] = [
    "アプローチ",
    "アルゴリズム",
    "フレームワーク",
    "仕組み",
    "手法",
    "手順",
    "方式",
    "方法",
];

/// A particle for a preposition whatever the head is: before a thing, before an action, and whether it belongs to the very
/// head of the title.
pub(super) struct Particle {
    pub(super) preposition: &'static str,
    pub(super) thing: &'static str,
    pub(super) action: &'static str,
    pub(super) of_the_head: bool,
}

const fn particle(
    preposition: &'static str,
    thing: &'static str,
    action: &'static str,
    of_the_head: bool,
) -> Particle {
    Particle {
        preposition,
        thing,
        action,
        of_the_head,
    }
}

/// The particles that need no look at the head.
pub(super) const PARTICLES: [Particle; 27] = [
    particle("of", "の", "の", false),
    particle("in", "における", "における", false),
    particle("at", "における", "における", false),
    particle("within", "内の", "内での", false),
    particle("inside", "内の", "内での", false),
    particle("over", "上の", "上での", false),
    particle("on top of", "上の", "上での", false),
    particle("using", "を用いた", "を用いた", true),
    particle("by means of", "を用いた", "を用いた", true),
    particle("through the use of", "を用いた", "を用いた", true),
    particle("based on", "に基づく", "に基づく", true),
    particle("via", "を介した", "を介した", true),
    particle("among", "間の", "間の", false),
    particle("amongst", "間の", "間の", false),
    particle("against", "に対する", "に対する", false),
    particle("across", "をまたぐ", "をまたぐ", false),
    particle("without", "なしの", "なしの", false),
    particle("containing", "を含む", "を含む", false),
    particle("including", "を含む", "を含む", false),
    particle("supporting", "をサポートする", "をサポートする", false),
    particle("related to", "に関連する", "に関連する", false),
    particle("used in", "で使われる", "で使われる", false),
    particle("for use in", "で使う", "で使う", false),
    particle("for use with", "で使う", "で使う", false),
    particle("during", "中の", "中の", false),
    particle("about", "に関する", "に関する", false),
    particle("regarding", "に関する", "に関する", false),
];

/// Ends of heads after which "to" is の: 「TLSの更新」.
pub(super) const CHANGES: [&str; 11] = [
    "修正",
    "変更",
    "拡張",
    "改善",
    "改正",
    "明確化",
    "更新",
    "機能強化",
    "正誤表",
    "紹介",
    "アーキテクチャの紹介",
];

/// Ends of heads after which "on" is に関する.
pub(super) const REPORTS: [&str; 5] = ["ガイドライン", "報告", "所見", "課題", "レポート"];

/// Ends of heads after which "on" is の.
pub(super) const UPDATES: [&str; 2] = ["明確化", "更新"];

/// Ends of heads that say that something is used: 「複合署名の利用」.
pub(super) const USES: [&str; 2] = ["使用", "利用"];
