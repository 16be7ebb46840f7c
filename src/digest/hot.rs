//! Chooses what is worth reading first, by a score in plain view: news has points, age has none. Every point comes from a fact
//! of the day or of the archive, and the facts are kept with the topic, so that its reason can say no more than they do.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use super::facts::{self, Candidate, Material};
use super::score::{LEAST, SAME_THEME};
use super::{Evidence, Gist, HotTopic};

/// The steps that lead a document out of the drafts, the largest last. What is decided today stands before everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    None,
    Adopted,
    InLastCall,
    Decided,
}

impl Candidate {
    fn score(&self) -> u32 {
        self.scored.iter().map(|(points, _)| points).sum()
    }

    fn step(&self) -> Step {
        let steps = self.scored.iter().map(|(_, fact)| match fact {
            Evidence::Published { .. } | Evidence::Approved => Step::Decided,
            Evidence::InLastCall { .. } => Step::InLastCall,
            Evidence::Adopted { .. } => Step::Adopted,
            _ => Step::None,
        });
        steps.max().unwrap_or(Step::None)
    }

    /// An RFC or an approval is never beaten by a draft, whatever its points; the name decides between equals, so that the
    /// same day gives the same topics.
    fn before(&self, other: &Candidate) -> Ordering {
        let decided = |one: &Candidate| one.step() == Step::Decided;
        (decided(other), other.score())
            .cmp(&(decided(self), self.score()))
            .then_with(|| self.document.cmp(&other.document))
    }
}

/// Returns every document of the day that has a fact to be told: RFCs and approvals, then the others, each by points.
pub(super) fn candidates(material: &Material<'_>) -> Vec<Candidate> {
    let mut candidates = facts::of_rfcs(material.rfcs);
    for theme in material.themes {
        let drafts = theme.drafts.iter();
        candidates.extend(drafts.map(|draft| facts::of_draft(draft, theme, material)));
    }
    candidates.extend(facts::of_steps(material, &candidates));
    candidates.retain(|candidate| !candidate.scored.is_empty());
    for candidate in &mut candidates {
        candidate.scored.sort_by_key(|(points, _)| Reverse(*points));
    }
    candidates.sort_by(Candidate::before);
    candidates
}

/// One document, or a family: its members in the order of their points.
struct Story {
    members: Vec<Candidate>,
}

impl Story {
    /// Returns the member that its place is measured by.
    fn strongest(&self) -> Option<&Candidate> {
        self.members.first()
    }

    /// Returns the story as a topic. Of the members that went the furthest, the one that says most of itself leads; the
    /// others follow in the order of their points.
    fn topic(mut self) -> Option<HotTopic> {
        let furthest = self.members.iter().map(Candidate::step).max()?;
        let ahead = self.members.iter().enumerate();
        let ahead = ahead.filter(|(_, member)| member.step() == furthest);
        let (at, _) = ahead.max_by_key(|(at, member)| (member.richness, Reverse(*at)))?;
        let lead = self.members.remove(at);
        let others = self.members.into_iter().map(|member| member.document);
        let others: Vec<String> = others.collect();
        let more = lead.with.into_iter();
        let more = more.filter(|name| !others.contains(name));
        let with: Vec<String> = others.iter().cloned().chain(more).collect();
        Some(HotTopic {
            document: lead.document,
            title: lead.title,
            reason: String::new(),
            with,
            headline: Vec::new(),
            gist: Gist::default(),
            evidence: lead.scored.into_iter().map(|(_, fact)| fact).collect(),
        })
    }
}

/// Puts the members of each family into one story; the stories are in the order of their strongest members.
fn stories(candidates: Vec<Candidate>) -> Vec<Story> {
    let mut left: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    let mut stories = Vec::new();
    for at in 0..left.len() {
        let Some(first) = left[at].take() else {
            continue;
        };
        let mut family: BTreeSet<String> = first.with.iter().cloned().collect();
        let mut members = vec![first];
        // A sister's sisters belong to the story as well, until nobody new comes.
        let mut grown = !family.is_empty();
        while grown {
            grown = false;
            for slot in left.iter_mut().skip(at + 1) {
                if let Some(member) = slot.take_if(|one| family.contains(&one.document)) {
                    family.extend(member.with.iter().cloned());
                    members.push(member);
                    grown = true;
                }
            }
        }
        members[1..].sort_by(Candidate::before);
        stories.push(Story { members });
    }
    stories
}

/// Chooses the `wanted` most remarkable stories with enough points. Where points are near, a theme that has none yet goes first.
pub(super) fn topics(material: &Material<'_>, wanted: usize) -> Vec<HotTopic> {
    choose(candidates(material), wanted)
}

/// Chooses among candidates.
pub(super) fn choose(candidates: Vec<Candidate>, wanted: usize) -> Vec<HotTopic> {
    let enough = |story: &Story| story.strongest().is_some_and(|one| one.score() >= LEAST);
    let mut stories = stories(candidates);
    stories.retain(enough);
    let mut chosen: Vec<Story> = Vec::new();
    while chosen.len() < wanted {
        let taken = |theme: &str| {
            let of = |story: &&Story| story.strongest().is_some_and(|one| one.theme == theme);
            u32::try_from(chosen.iter().filter(of).count()).unwrap_or(u32::MAX)
        };
        let place = |story: &Story| {
            let strongest = story.strongest()?;
            let off = SAME_THEME.saturating_mul(taken(&strongest.theme));
            let decided = strongest.step() == Step::Decided;
            Some((decided, strongest.score().saturating_sub(off)))
        };
        let each = stories.iter().enumerate();
        let best = each.max_by_key(|(at, story)| (place(story), Reverse(*at)));
        let Some((at, _)) = best else {
            break;
        };
        chosen.push(stories.remove(at));
    }
    chosen.sort_by(|a, b| match (a.strongest(), b.strongest()) {
        (Some(a), Some(b)) => a.before(b),
        _ => Ordering::Equal,
    });
    chosen.into_iter().filter_map(Story::topic).collect()
}
