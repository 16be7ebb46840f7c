//! Which particle a preposition becomes: the head before it decides.

use super::flags::Flags;
use super::tables::{CHANGES, PARTICLES, REPORTS, UPDATES, USES, WAYS};
use super::unit::{Kind, Phrase, Unit};
use super::unknown::Unknown;

/// What a preposition belongs to.
pub(super) struct Governor<'a> {
    pub(super) head: &'a Unit,
    japanese: &'a str,
}

impl<'a> Governor<'a> {
    /// Returns a phrase as what a preposition belongs to.
    pub(super) fn of(phrase: &'a Phrase) -> Self {
        Governor {
            head: &phrase.head,
            japanese: &phrase.japanese,
        }
    }

    fn is_action(&self) -> bool {
        self.head.is(Flags::ACTION.and(Flags::OBJECT_AND_VERB))
    }

    fn ends_with(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.japanese.ends_with(end))
    }

    /// Returns true for a head that says that something is used.
    pub(super) fn is_use(&self) -> bool {
        self.ends_with(&USES)
    }
}

/// A preposition with what follows it.
pub(super) struct Complement<'a> {
    pub(super) preposition: &'static str,
    pub(super) units: &'a [Unit],
    pub(super) phrase: Phrase,
}

impl Complement<'_> {
    fn last(&self) -> Option<&Unit> {
        self.units
            .iter()
            .rev()
            .find(|unit| unit.kind != Kind::Article)
    }

    fn is_list(&self) -> bool {
        self.units.iter().any(|unit| unit.kind == Kind::Conjunction)
    }
}

/// Writes what follows a preposition as a modifier, and tells whether it belongs to the very head of the title.
///
/// # Errors
/// A preposition that this head does not make clear.
pub(super) fn modifier(
    governor: &Governor<'_>,
    complement: &Complement<'_>,
) -> Result<(String, bool), Unknown> {
    let flags = governor.head.flags;
    let refused = || {
        Unknown::form(
            "a preposition that its head does not make clear",
            complement.preposition,
        )
    };
    let name = complement
        .last()
        .is_some_and(|unit| unit.kind == Kind::Name);
    let (particle, of_the_head) = match complement.preposition {
        "for" => (purpose(governor, &complement.phrase), false),
        "with" if flags.any(Flags::WITH) => ("との", false),
        "with" if governor.is_use() => ("での", false),
        "with" if name && !governor.head.is(Flags::OBJECT_AND_VERB) => ("を用いた", true),
        "to" if flags.any(Flags::EXTENSION) || governor.ends_with(&CHANGES) => ("の", false),
        "to" if flags.any(Flags::TO) => ("への", false),
        "to" if governor.ends_with(&["追加"]) => ("への", true),
        "from" if governor.ends_with(&["報告", "レポート"]) => ("の", false),
        "by" if governor.is_action() => ("による", true),
        "between" if complement.is_list() || complement.last().is_some_and(|unit| unit.plural) => {
            ("間の", false)
        }
        "on" if governor.ends_with(&UPDATES) => ("の", false),
        "on" if flags.any(Flags::ABOUT) || governor.ends_with(&REPORTS) => ("に関する", false),
        "under" => ("のもとでの", false),
        "in the presence of" => ("の存在下での", false),
        preposition => {
            let known = PARTICLES
                .iter()
                .find(|particle| particle.preposition == preposition);
            let known = known.ok_or_else(refused)?;
            let particle = if governor.is_action() {
                known.action
            } else {
                known.thing
            };
            (particle, known.of_the_head)
        }
    };
    Ok((
        format!("{}{particle}", complement.phrase.japanese),
        of_the_head,
    ))
}

/// "For": Xの, Xに関する, Xへの, Xに対する, X向けの, or Xのための.
fn purpose(governor: &Governor<'_>, complement: &Phrase) -> &'static str {
    let flags = governor.head.flags;
    let doing = complement.head.is(Flags::OBJECT_AND_VERB);
    let people = complement.japanese.ends_with('者') && complement.head.is(Flags::USER);
    if people && !governor.is_action() {
        "向けの"
    } else if flags.any(Flags::ABOUT) {
        "に関する"
    } else if flags.any(Flags::OF) && !doing || doing && governor.ends_with(&WAYS) {
        "の"
    } else if flags.any(Flags::ONTO) && !doing {
        "への"
    } else if flags.any(Flags::AGAINST) && !doing {
        "に対する"
    } else if complement.head.is(Flags::USER) && !doing && !governor.is_action() {
        "向けの"
    } else {
        "のための"
    }
}
