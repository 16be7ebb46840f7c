//! What the glossary says of a term besides its Japanese.

/// A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u32);

/// The flags as they are written in the glossary; its head says what they mean.
const NAMES: [(&str, Flags); 20] = [
    ("name", Flags::NAME),
    ("adj", Flags::ADJECTIVE),
    ("ing", Flags::GERUND),
    ("ing!", Flags::VERB),
    ("no", Flags::NO),
    ("no!", Flags::ALWAYS_NO),
    ("no-name", Flags::NO_AFTER_NAME),
    ("ext", Flags::EXTENSION),
    ("of", Flags::OF),
    ("about", Flags::ABOUT),
    ("onto", Flags::ONTO),
    ("against", Flags::AGAINST),
    ("to", Flags::TO),
    ("with", Flags::WITH),
    ("act", Flags::ACTION),
    ("user", Flags::USER),
    ("part", Flags::PART),
    ("plural", Flags::PLURAL),
    ("last", Flags::LAST),
    ("plain", Flags::PLAIN),
];

impl Flags {
    pub(super) const NAME: Flags = Flags(1);
    pub(super) const ADJECTIVE: Flags = Flags(1 << 1);
    pub(super) const GERUND: Flags = Flags(1 << 2);
    pub(super) const VERB: Flags = Flags(1 << 3);
    pub(super) const NO: Flags = Flags(1 << 4);
    pub(super) const ALWAYS_NO: Flags = Flags(1 << 5);
    pub(super) const NO_AFTER_NAME: Flags = Flags(1 << 6);
    pub(super) const EXTENSION: Flags = Flags(1 << 7);
    pub(super) const OF: Flags = Flags(1 << 8);
    pub(super) const ABOUT: Flags = Flags(1 << 9);
    pub(super) const ONTO: Flags = Flags(1 << 10);
    pub(super) const TO: Flags = Flags(1 << 11);
    pub(super) const WITH: Flags = Flags(1 << 12);
    pub(super) const ACTION: Flags = Flags(1 << 13);
    pub(super) const USER: Flags = Flags(1 << 14);
    pub(super) const PART: Flags = Flags(1 << 15);
    pub(super) const PLURAL: Flags = Flags(1 << 16);
    pub(super) const LAST: Flags = Flags(1 << 17);
    pub(super) const AGAINST: Flags = Flags(1 << 21);
    /// Says nothing of a document by itself: no keyword.
    pub(super) const PLAIN: Flags = Flags(1 << 22);
    /// Set while reading: a phrase that a gerund made, as in "protecting keys".
    pub(super) const OBJECT_AND_VERB: Flags = Flags(1 << 18);
    /// Set while reading: an adjective that a suffix made, as in "TLS-based".
    pub(super) const SUFFIXED: Flags = Flags(1 << 19);
    /// Set while reading: the term is spelt with a hyphen that its short words need ("on-path").
    pub(super) const HYPHENATED: Flags = Flags(1 << 20);

    /// What tells the kind of a document: requirements, considerations, frameworks.
    pub(super) const HEAD: Flags = Flags::OF.and(Flags::ABOUT);

    /// Joins two sets.
    pub(super) const fn and(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Returns the set without `other`.
    pub(super) const fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }

    /// Returns true when any of `other` is set.
    pub(super) const fn any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// Reads the flags of a term.
    ///
    /// # Errors
    /// The first one that is not known.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut all = Flags::default();
        for written in text
            .split(',')
            .map(str::trim)
            .filter(|flag| !flag.is_empty())
        {
            let known = NAMES.iter().find(|(name, _)| *name == written);
            let (_, flag) = known.ok_or_else(|| {
                let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                format!("unknown flag `{written}`; known are {}", names.join(", "))
            })?;
            all = all.and(*flag);
        }
        Ok(all)
    }
}
