//! Japanese without a model: titles by pattern and glossary where every piece is known, else labelled facts.
//!
//! Tokens become pieces (terms, names, prepositions), pieces noun phrases, phrases a line. What cannot be said surely stays
//! English: [`Unknown`] says why. docs/japanese.md has the forms and the figures.

use std::path::Path;

use crate::digest::{Digest, Gist, HotTopic};

mod abbreviation;
mod compound;
mod coordination;
mod defining;
mod flags;
mod glossary;
mod hyphen;
mod keys;
mod keywords;
mod kind;
mod particles;
mod phrase;
mod pieces;
mod tables;
mod title;
mod token;
mod unit;
mod unknown;
mod words;

use glossary::Glossary;
pub use unknown::Unknown;

/// Writes Japanese by a glossary.
#[derive(Clone, Debug, Default)]
pub struct Japanese {
    /// The terms of a file, with the built-in ones; without a file, none.
    own: Option<Glossary>,
}

impl Japanese {
    /// Returns one whose glossary has the terms of a file, besides the built-in ones or in their place.
    ///
    /// # Errors
    /// The file cannot be read or used: one line that names file and line.
    pub fn configured(glossary: Option<&Path>) -> Result<Self, String> {
        let own = glossary.map(Glossary::with_file).transpose()?;
        Ok(Japanese { own })
    }

    fn glossary(&self) -> &Glossary {
        self.own.as_ref().unwrap_or(Glossary::built_in())
    }

    /// Writes a title in Japanese.
    ///
    /// ```
    /// use nikkan::editor::Japanese;
    ///
    /// let japanese = Japanese::default();
    /// assert_eq!(japanese.title("SSH Agent Protocol").unwrap(), "SSHエージェントプロトコル");
    /// let unknown = japanese.title("Requirements for Frobnication").unwrap_err();
    /// assert_eq!(unknown.to_string(), "no term for `Frobnication`");
    /// ```
    ///
    /// # Errors
    /// The word that the glossary does not have, or the form that is left English.
    pub fn title(&self, english: &str) -> Result<String, Unknown> {
        title::title(self.glossary(), english).map(|line| line.japanese)
    }

    /// Returns true when a title can stand in a headline: each piece of it is a term of two words or more, a name, or what
    /// tells the kind of document, so that no single word was taken in another sense.
    pub fn is_sure(&self, english: &str) -> bool {
        title::title(self.glossary(), english).is_ok_and(|line| line.sure)
    }

    /// Returns the kind of document that the head of a title tells.
    pub fn kind(&self, english: &str) -> Option<String> {
        kind::kind(self.glossary(), english)
    }

    /// Writes what each document of a digest is, and each hot topic.
    pub(super) fn fill(&self, digest: &mut Digest) {
        for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
            let told = [draft.updates.as_slice(), &draft.obsoletes].concat();
            draft.gist = self.gist(&draft.title, draft.abstract_text.as_deref(), &told);
        }
        for entry in &mut digest.rfcs {
            let rfc = &entry.rfc;
            let told = [rfc.updates.as_slice(), &rfc.obsoletes, &[rfc.number]].concat();
            let title = rfc.title.as_deref().unwrap_or_default();
            entry.gist = self.gist(title, rfc.abstract_text.as_deref(), &told);
        }
        let mut topics = std::mem::take(&mut digest.hot_topics);
        for topic in &mut topics {
            topic.gist = of_topic(topic, digest);
        }
        digest.hot_topics = topics;
    }

    /// Writes what a document is: its title, or the kind that it tells; keywords and RFCs of what its abstract says that it
    /// does, without the RFCs that are `told` elsewhere.
    pub fn gist(&self, title: &str, abstract_text: Option<&str>, told: &[u32]) -> Gist {
        // What is longer is no title, and is not searched for its words either.
        let end = title
            .char_indices()
            .nth(title::LONGEST)
            .map_or(title.len(), |(at, _)| at);
        let line = title::title(self.glossary(), title).ok();
        let title = &title[..end];
        let sure = line.as_ref().is_some_and(|line| line.sure);
        let line = line.map(|line| line.japanese);
        let sentences = abstract_text.map(defining::defining).unwrap_or_default();
        Gist {
            keywords: keywords::keywords(self.glossary(), title, line.as_deref(), &sentences),
            rfcs: keywords::rfcs(&sentences, told),
            kind: self.kind(title).filter(|_| line.is_none()),
            line: String::new(),
            title: line,
            sure,
        }
    }
}

/// Returns what a topic is about: the title of its document where it is sure, the keywords and RFCs of all its documents.
fn of_topic(topic: &HotTopic, digest: &Digest) -> Gist {
    let drafts = digest.drafts();
    let of = |name: &str| {
        let rfc = digest
            .rfcs
            .iter()
            .find(|entry| format!("rfc{}", entry.rfc.number) == name);
        let draft = drafts.clone().find(|draft| draft.name == name);
        draft
            .map(|draft| &draft.gist)
            .or(rfc.map(|entry| &entry.gist))
    };
    let mut whole = of(&topic.document).cloned().unwrap_or_default();
    if !whole.sure {
        whole.title = None;
    }
    for other in topic.with.iter().filter_map(|name| of(name)) {
        for keyword in &other.keywords {
            if whole.keywords.len() < keywords::MOST && !whole.keywords.contains(keyword) {
                whole.keywords.push(keyword.clone());
            }
        }
        whole.rfcs.extend(&other.rfcs);
    }
    whole.rfcs.sort_unstable();
    whole.rfcs.dedup();
    whole
}
