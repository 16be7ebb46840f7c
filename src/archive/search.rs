//! Full-text search. The index is brought up to date by who searches and not by who reads mail, so that taking in a
//! mailbox of years does not wait for it; what was indexed stays indexed. Where it cannot be written, what is not in it is
//! found all the same.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, Transaction, params};

use super::store::TimedBatch;
use super::store::rows::{StoredAnnouncement, select, select_announcements};
use super::{Archive, ArchiveError};
use crate::announcement::{Announcement, Body, NamedDocument};

/// Announcements that are in memory at a time.
const BATCH: i64 = 1000;

/// Time that bringing the index up to date waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(1);

/// An index like the archive's.
const INDEX: &str = "CREATE VIRTUAL TABLE announcement_text USING fts5(
    document, title, people, text,
    content = '', contentless_delete = 1, tokenize = \"unicode61 remove_diacritics 2\"
)";

/// The text of one announcement, by column of the index.
#[derive(Debug, Default)]
struct IndexedText {
    document: String,
    title: String,
    people: String,
    text: String,
}

impl Archive {
    /// Finds the announcements in which all of `words` occur, newest first, at most `limit`. A word that ends with `*` stands
    /// for all that begin so; names of drafts are words like any other.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn search(
        &self,
        words: &str,
        limit: u32,
    ) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
        let indexed = match self.index_all().await {
            Ok(()) => true,
            // A held lock, a full disk, a read-only mount: what is not indexed is looked through for this once.
            Err(why) if why.is_temporary() => false,
            Err(why) => return Err(why),
        };
        let Some(query) = fts_query(words) else {
            return Ok(Vec::new());
        };
        self.read_apart(move |connection| {
            let mut found = find_indexed(connection, &query, limit)?;
            if !indexed {
                found.extend(find_unindexed(connection, &query)?);
            }
            newest(connection, found, limit)
        })
        .await
    }
}

/// When an announcement was made, in microseconds since 1970, and its number: found announcements are ordered by it.
type Found = (i64, i64);

/// Finds the newest announcements of the index, at most `limit`.
fn find_indexed(
    connection: &Connection,
    query: &str,
    limit: u32,
) -> Result<Vec<Found>, ArchiveError> {
    select(
        connection,
        "SELECT a.at, a.id FROM announcement a JOIN announcement_text t ON t.rowid = a.id
         WHERE announcement_text MATCH ?1 AND a.indexed = 1 ORDER BY a.at DESC, a.id DESC LIMIT ?2",
        params![query, limit],
        |row| row.try_into(),
    )
}

/// Finds the announcements that are not indexed, by an index in memory of some of them at a time.
fn find_unindexed(connection: &Connection, query: &str) -> Result<Vec<Found>, ArchiveError> {
    let index = Connection::open_in_memory()?;
    index.execute_batch(INDEX)?;
    let (mut found, mut last) = (Vec::new(), 0);
    loop {
        let waiting = waiting_after(connection, last)?;
        let Some(newest) = waiting.last() else {
            return Ok(found);
        };
        last = newest.id;
        for one in &waiting {
            one.words.insert(&index, one.id)?;
        }
        let same: BTreeSet<i64> = select(
            &index,
            "SELECT rowid FROM announcement_text WHERE announcement_text MATCH ?1",
            [query],
            |row| row.get(0),
        )?
        .into_iter()
        .collect();
        let same = waiting.iter().filter(|one| same.contains(&one.id));
        found.extend(same.map(|one| (one.at, one.id)));
        index.execute(
            "INSERT INTO announcement_text (announcement_text) VALUES ('delete-all')",
            [],
        )?;
    }
}

/// Reads the newest of what was found, at most `limit`, newest first.
fn newest(
    connection: &Connection,
    mut found: Vec<Found>,
    limit: u32,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let ids: Vec<i64> = found.into_iter().map(|(_, id)| id).collect();
    select_announcements(
        connection,
        "WHERE a.id IN (SELECT value FROM json_each(?1)) ORDER BY a.at DESC, a.id DESC",
        [serde_json::to_string(&ids)?],
    )
}

impl Archive {
    /// Brings the index up to date, unless another process writes all the time.
    async fn index_all(&self) -> Result<(), ArchiveError> {
        self.wait_at_most(PATIENCE).await?;
        loop {
            let waiting = self.call(|connection| waiting_after(connection, 0)).await?;
            if waiting.is_empty() {
                return Ok(());
            }
            let write = |transaction: &Transaction<'_>, batch: &mut TimedBatch<'_, Waiting>| {
                for one in batch {
                    write_index(transaction, &one)?;
                }
                Ok(())
            };
            self.write_in_batches(waiting, write, |()| ()).await?;
        }
    }
}

/// An announcement that waits to be indexed.
struct Waiting {
    id: i64,
    /// Microseconds since 1970.
    at: i64,
    /// As it was read: only that is indexed.
    body: String,
    words: IndexedText,
}

/// Reads the next announcements after number `after` that are not indexed.
fn waiting_after(connection: &Connection, after: i64) -> Result<Vec<Waiting>, ArchiveError> {
    select(
        connection,
        "SELECT id, at, body FROM announcement WHERE indexed = 0 AND id > ?1 ORDER BY id LIMIT ?2",
        [after, BATCH],
        |row| {
            let announcement: Announcement = row.get(2)?;
            Ok(Waiting {
                id: row.get(0)?,
                at: row.get(1)?,
                body: row.get(2)?,
                words: indexed_text(&announcement),
            })
        },
    )
}

/// Writes one announcement into the index, unless it was indexed or has changed meanwhile.
fn write_index(transaction: &Transaction<'_>, waiting: &Waiting) -> Result<(), ArchiveError> {
    let marked = transaction
        .prepare_cached(
            "UPDATE announcement SET indexed = 1 WHERE id = ?1 AND indexed = 0 AND body = ?2",
        )?
        .execute(params![waiting.id, waiting.body])?;
    if marked > 0 {
        waiting.words.insert(transaction, waiting.id)?;
    }
    Ok(())
}

impl IndexedText {
    /// Inserts it into an index.
    fn insert(&self, index: &Connection, id: i64) -> Result<(), ArchiveError> {
        index
            .prepare_cached(
                "INSERT OR REPLACE INTO announcement_text (rowid, document, title, people, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id,
                self.document,
                self.title,
                self.people,
                self.text
            ])?;
        Ok(())
    }
}

/// Collects the text by which an announcement is found.
fn indexed_text(announcement: &Announcement) -> IndexedText {
    let mut words = IndexedText {
        title: announcement.subject.clone(),
        ..IndexedText::default()
    };
    let add = |to: &mut String, text: Option<&str>| {
        to.push(' ');
        to.push_str(text.unwrap_or_default());
    };
    let documents = |words: &mut IndexedText, named: &[NamedDocument]| {
        for document in named {
            add(&mut words.document, Some(&document.name));
            add(&mut words.title, document.title.as_deref());
        }
    };
    match &announcement.body {
        Body::Draft(draft) => {
            words.document.clone_from(&draft.name);
            add(&mut words.title, draft.title.as_deref());
            words.people = draft.authors.join(" ");
            words.text = draft.abstract_text.clone().unwrap_or_default();
            if let Some(group) = &draft.group {
                add(&mut words.text, group.name.as_deref());
                add(&mut words.text, group.acronym.as_deref());
            }
        }
        Body::Rfc(rfc) => {
            words.document = format!("rfc{0} rfc {0}", rfc.number);
            add(&mut words.document, rfc.draft.as_deref());
            add(&mut words.title, rfc.title.as_deref());
            words.people = rfc.authors.join(" ");
            words.text = rfc.abstract_text.clone().unwrap_or_default();
        }
        Body::LastCall(body) => documents(&mut words, &body.documents),
        Body::Action(body) => documents(&mut words, &body.documents),
        Body::Group(body) => {
            add(&mut words.text, body.name.as_deref());
            add(&mut words.text, body.acronym.as_deref());
        }
        Body::Meeting(body) => words.text.clone_from(&body.title),
        Body::Notice(body) => words.text.clone_from(&body.excerpt),
    }
    words
}

/// Writes the words as a query of FTS5: each quoted, so that hyphens and its operators mean nothing, and all of them wanted.
fn fts_query(words: &str) -> Option<String> {
    let quoted: Vec<_> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| {
            let star = if word.ends_with('*') { "*" } else { "" };
            format!("\"{}\"{star}", word.trim_end_matches('*').replace('"', ""))
        })
        .collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::tests::{at, draft};

    async fn filled() -> Archive {
        let archive = Archive::in_memory().unwrap();
        let when = at("2025-11-28T09:00:00Z");
        let later = at("2025-11-29T09:00:00Z");
        let messages = vec![
            draft("draft-ietf-quic-multipath-00", when),
            draft("draft-ietf-netmod-syslog-03", later),
        ];
        let lists = Lists::built_in();
        archive.import(messages, &lists, later).await.unwrap();
        archive
    }

    async fn names(archive: &Archive, words: &str) -> Vec<String> {
        let found = archive.search(words, 10).await.unwrap();
        crate::archive::tests::names(&found)
    }

    #[tokio::test]
    async fn all_words_are_wanted_wherever_they_stand_and_the_newest_is_first() {
        let archive = filled().await;
        let both = [
            "draft:draft-ietf-netmod-syslog-03",
            "draft:draft-ietf-quic-multipath-00",
        ];
        assert_eq!(names(&archive, "author SAYS").await, both);
        assert_eq!(names(&archive, "says quic").await, [both[1]]);
        assert_eq!(
            names(&archive, "draft-ietf-quic-multipath").await,
            [both[1]]
        );
        assert_eq!(names(&archive, "netm*").await, [both[0]]);
        assert!(names(&archive, "netm").await.is_empty());
    }

    #[tokio::test]
    async fn beside_a_held_write_lock_a_first_search_finds_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let when = at("2025-11-28T09:00:00Z");
        let one = vec![draft("draft-ietf-quic-multipath-00", when)];
        archive.import(one, &Lists::built_in(), when).await.unwrap();
        assert_eq!(names(&archive, "multipath").await.len(), 1);
        let more = (1..4).map(|number| draft(&format!("draft-a-multipath-0{number}"), when));
        archive
            .import(more.collect(), &Lists::built_in(), when)
            .await
            .unwrap();
        let other = Connection::open(directory.path().join("nikkan.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let found = names(&archive, "multipath").await;
        let newest = [3, 2, 1].map(|number| format!("draft:draft-a-multipath-0{number}"));
        assert_eq!(found[..3], newest);
        assert_eq!(found[3..], ["draft:draft-ietf-quic-multipath-00"]);
        assert!(names(&archive, "nothing").await.is_empty());
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(names(&archive, "multipath").await, found);
    }

    #[tokio::test]
    async fn what_looks_like_an_operator_is_a_word() {
        let archive = filled().await;
        for words in [
            "\"",
            "(",
            "NOT AND OR",
            "a:b",
            "^x",
            "-",
            "*",
            "\"quic",
            "quic\" OR \"x",
        ] {
            archive.search(words, 10).await.unwrap();
        }
        assert_eq!(names(&archive, "\"quic").await.len(), 1);
    }

    #[tokio::test]
    async fn what_is_read_again_is_found_under_its_new_words() {
        let archive = filled().await;
        assert_eq!(names(&archive, "multipath").await.len(), 1);
        archive
            .call(|connection| {
                connection.execute("UPDATE announcement SET body = '{\"kind\":\"notice\",\"subject\":\"x\",\"notice\":{\"title\":\"x\",\"excerpt\":\"odd\"}}', indexed = 0", [])?;
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(archive.search("odd", 10).await.unwrap().len(), 2);
        assert!(archive.search("multipath", 10).await.unwrap().is_empty());
        archive.reparse_after(&Lists::built_in(), 0).await.unwrap();
        assert_eq!(names(&archive, "multipath").await.len(), 1);
        assert!(archive.search("odd", 10).await.unwrap().is_empty());
    }
}
