//! The words by which the rules know what a sentence does. Everything here is data: docs/gist.md shows it as tables.

use std::sync::LazyLock;

/// What a document calls itself.
pub(super) const DOCUMENT: &[&str] = &[
    "this|the|our ?present ?short|informational|companion|accompanying document|memo|specification|draft|internet-draft|memorandum",
    "this ?present ?short|informational documents|i-d|note|rfc|paper|report|bcp|standard|text|publication",
    "this internet draft",
    "this applicability statement",
];

/// Words between the document and its verb.
pub(super) const ADVERB: &str = "also|therefore|thus|hence|then|formally|briefly|first|further|additionally|only|mainly|primarily|generally|specifically|simply|itself|both";

/// Intentions between the document and its verb.
pub(super) const INTENTION: &[&str] = &[
    "is intended|meant|designed to",
    "aims|intends|seeks|serves to",
];

/// Verbs that say no more than that it is written: "defines a format" → "A format".
pub(super) const SAYS: &str = "defines|define|specifies|specify|describes|describe|introduces|introduce|proposes|propose|presents|provides|outlines|outline|details|documents|discusses|discuss|explains|explain|gives|offers|contains|explores|illustrates|summarizes|summarises|summarize|examines|examine|analyzes|analyses|analyze|considers|identifies|identify|highlights|catalogs|enumerates|sets|lists|covers|reports|develops|captures|surveys|reviews|investigates|describing|defining|specifying|introducing|providing|presenting";

/// Verbs that carry sense, and stay: "Registers the media type …".
pub(super) const DOES: &str = "extends|extend|updates|update|adds|add|allows|allow|enables|enable|deprecates|deprecate|removes|remove|mandates|registers|register|establishes|clarifies|clarify|confirms|recommends|creates|changes|modifies|replaces|allocates|assigns|standardizes|standardises|formalizes|formalises|requires|prohibits|forbids|permits|makes|addresses|augments|applies|uses|reserves|renames|redefines|moves|reclassifies|retires|supports|improves|advises|encourages|discourages|relaxes|corrects|generalizes|focuses|builds|combines|leverages|employs|simplifies|facilitates|reduces|expands|enhances|incorporates|specializes|profiles|encapsulates|integrates|carries|mitigates|prevents|ensures|guarantees|helps|lets|eliminates|avoids";

/// Verbs of a document that say nothing of its subject.
pub(super) const IDLE: &str = "is|are|was|can|may|will|should|has|requests|comes|represents|reflects|assumes|expects|complements|does|do|did|obsoletes|targets|refers|follows|conforms|complies|consists|makes|needs|must|shall|might|could|would|takes|uses|contributes|belongs|lacks|argues|shows|attempts";

/// Verbs of the thing itself, in the sentence after the one that defined it.
pub(super) const THING_DOES: &str = "allows|enables|permits|lets|provides|uses|extends|adds|supports|combines|introduces|offers|helps|includes|serves|utilizes|gives|relies|regulates|protects|works|solves|achieves|operates|guarantees|transforms|keeps|minimizes|increases|decreases|detects|generates|reduces|simplifies|facilitates|improves|enhances|ensures|prevents|avoids|mitigates|eliminates|encapsulates|integrates|carries|leverages|employs|builds|modifies|updates|changes|applies|defines|specifies|describes|makes|replaces|creates|aims|establishes|employs|augments|covers|removes|requires|discusses";

/// Verbs after which the rest of a sentence is its second statement.
pub(super) const SECOND_VERB: &str = "defines|specifies|describes|introduces|proposes|provides|outlines|discusses|explains|gives|offers|illustrates|summarizes|examines|analyzes|identifies|highlights|captures|extends|adds|allows|enables|deprecates|removes|mandates|registers|establishes|clarifies|recommends|creates|modifies|replaces|requests|obsoletes|allocates|standardizes|requires|permits|makes|augments|applies|reserves|redefines|supports|improves|encourages|reduces|enhances|incorporates|prevents|ensures|helps|contains|presents|shows|considers|evaluates|deals|lists|sets|covers|updates";

/// Names for the thing that a document defines: "this mechanism allows …".
pub(super) const THING: &str = "extension|mechanism|protocol|method|approach|specification|option|parameter|profile|scheme|technique|algorithm|model|module|framework|format|exchange|capability|solution|metric|architecture|header|field|attribute|object|encoding|functionality|feature|system|type|claim|grant|service|procedure|design|transport|registry|message|operation|command|mode";
/// The same behind words that point at it.
pub(super) static THIS_THING: LazyLock<String> =
    LazyLock::new(|| format!("this ?new|described|proposed|defined {THING}"));
pub(super) static SUCH_A_THING: LazyLock<String> = LazyLock::new(|| format!("such a|an {THING}"));
pub(super) static THE_THING: LazyLock<String> = LazyLock::new(|| {
    format!("the ?proposed|described|defined|new {THING} ?described|defined|specified|presented")
});
pub(super) static THIS_NEW_THING: LazyLock<String> =
    LazyLock::new(|| format!("this|the ?new {THING}"));

/// The same, of several things.
pub(super) const THINGS: &str = "extensions|mechanisms|methods|options|parameters|procedures|messages|attributes|modules|tlvs|sub-tlvs|objects|algorithms|enhancements|types|fields|headers|techniques|profiles";

/// Words in which no line ends.
pub(super) const NO_END: &str = "of|to|for|and|or|the|a|an|in|on|with|by|that|which|from|as|is|are|can|may|be|such|this|these|those|both|either|between|their|its|using|including|other|via|through|into|than|when|where|if|how|whose|at|per|not|no|but|also|new|towards|toward|upon|another|others|e.g|i.e|it|was|were|will|would|must|should|has|have|etc|they|called|named|only|any|some|all|within|without|because|while|following|e.g.,|whether|defined|so|like";

/// Words in which no line begins.
pub(super) const NO_BEGIN: &str = "and|or|but|however|also|as|which|therefore|thus|because|that|then|it|they|he|she|there|not|no|if|unless|so|respectively|additionally|furthermore|moreover|finally|instead|otherwise|rather|nor|than|of|on|in|upon|among";

/// Words that point out of the line.
pub(super) const OUTSIDE: &[&str] = &[
    "this|the|present document|memo|specification|draft|rfc|i-d|internet-draft|note|documents|paper",
    "doing|do|does|did so",
    "the above|former|latter|aforementioned|following|said|previous|preceding",
    "thereof|therein|hereafter|here|herein|hereby|we|our|ours|above|below|tbd|xxxx|foregoing|i|you|your|editor|editors|above-mentioned|aforementioned|thereby|therefor",
    "the author|authors",
    "to this end",
    "in this|that context|case|regard|way|respect|section|appendix|manner",
    "section|appendix|figure|table 1|2|3|4|5|6|7|8|9|a|b|c",
    "as such",
    "not yet",
];

/// Words that limit what is said: a clause that has one is not cut.
pub(super) const LIMITS: &str = "not|only|except|unless|without|if|never|cannot|neither|nor|rather|but|however|optional|optionally|experimental|or|no|excluding|until|expected|less|least|most|some";

/// Nouns in -ing, which begin no clause.
pub(super) const ING_NOUN: &str = "during|including|concerning|regarding|following|routing|signaling|signalling|processing|forwarding|networking|addressing|encoding|timing|mapping|string|thing|ring|king|spring|something|anything|everything|engineering|computing|monitoring|queuing|scheduling|streaming|multiplexing|switching|padding|framing|naming|pacing|accounting|roaming|handling|testing|learning|training|reporting|logging|caching|filtering|steering|signing|provisioning|being|existing|missing|pending|bring|according|messaging|hashing|billing|charging|peering|keying|rekeying|hosting|publishing|binding|building|meeting|tunneling|tunnelling|bridging|load-balancing|bootstrapping";

/// Words that say nothing of a subject, besides those of grammar.
pub(super) const GENERIC: &str = "document memo specification draft mechanism method way protocol extension approach technique set various several number certain define specify describe provide allow enable introduce propose base order support information need extend module make";

/// Words that say little; they count half.
pub(super) const LIGHT: &str = "deployment version network construction aspect relate effort associated type term common general additional design specific procedure operation function usage configuration configure manage management system application concept issue consideration field model include following solution feature new different appropriate implementation standard internet means particular suitable future available purpose role overview context environment handle structure basis practical example scope goal motivation framework practice guidance recommendation requirement architecture analysis best current data feature core lifecycle existing case";

/// Words of grammar.
pub(super) const GRAMMAR: &str = "a|an|the|of|to|for|and|or|in|on|with|by|that|which|from|as|is|are|be|can|may|such|this|these|those|it|its|their|they|them|using|use|used|uses|three|four|five|first|second|third|at|into|via|through|over|how|when|where|who|whose|between|within|under|has|have|been|was|were|will|also|not|no|any|all|other|some|more|most|one|two|new|both|either|if|so|than|then|there|while|what|why|whether|each|per|about|up|out|only|does|do|should|must|would|could|might|e.g|i.e|etc|along|among|across|without|before|after|against|during|many|well|like|respectively|whereby|very|just|upon|towards|toward|but|we|our|he|she";
