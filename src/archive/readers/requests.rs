//! What mails ask for by a reader's token: kept as they are read, then judged together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};
use tracing::{info, warn};

use super::keys::{bounce_token, leave_token};
use super::resting::rest_readers;
use crate::archive::queue::note_returned;
use crate::archive::store::rows::{instant, micros, select};
use crate::archive::{Archive, ArchiveError};
use crate::correspondence::{BounceReport, LeaveRequest};
use crate::mail::comparable_address;
use crate::secret::InstallationKey;

/// The age up to which a request is answered. One that is older was answered by the archive that a backup was made of, or is
/// answered too late to be of use.
const ANSWERED: SignedDuration = SignedDuration::from_hours(24);
/// The requests of one look.
const AT_ONCE: usize = 1_000;
/// The looks one after another while each finds as many as it may. What then still waits has to wait for the next time: no
/// flood holds up a digest.
const LOOKS: usize = 50;
/// The time that what was judged is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Characters that are kept of who wrote a request.
const SENDER: usize = 500;
/// How often a reader may have come back in an archive that was lost, of which nothing else is known.
const UNKNOWN_GENERATIONS: i64 = 3;

/// The readers of an edition, as they are configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionReaders {
    /// The edition's name.
    pub edition: String,
    /// Their bare addresses.
    pub addresses: Vec<String>,
    /// True when they may leave by mail.
    pub may_leave: bool,
}

/// What came of a look at the requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadersJudged {
    /// Readers who left.
    pub left: usize,
    /// Requests and reports that did nothing.
    pub refused: usize,
    /// Readers who get nothing any more because their mail comes back.
    pub rested: usize,
}

/// Keeps a request until it is judged. `received` is INTERNALDATE.
pub(in crate::archive) fn record_leave_request(
    transaction: &Transaction<'_>,
    request: &LeaveRequest,
    received: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let sender: String = request.from.join(" ").chars().take(SENDER).collect();
    let mut insert = transaction.prepare_cached(
        "INSERT INTO reader_request
            (message_id, token, bounce, sender, automatic, said, hard, received, outcome, at)
         VALUES (?1, ?2, 0, ?3, ?4, '', 0, ?5, 'open', ?6) ON CONFLICT DO NOTHING",
    )?;
    for token in &request.tokens {
        insert.execute(params![
            request.message_id,
            token,
            sender,
            request.automatic,
            received.map(micros),
            micros(now)
        ])?;
    }
    Ok(())
}

/// Keeps a report that came to a reader's token until it is judged; of one without a token, which names nothing that was
/// sent from here, only that it came.
pub(in crate::archive) fn record_bounce(
    transaction: &Transaction<'_>,
    report: &BounceReport,
    received: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let hard = report.recipients.iter().all(|failed| failed.hard);
    let said = report.recipients.first();
    let said = said.map_or("", |failed| failed.diagnostic.as_str());
    let outcome = report.token.as_ref().map_or("forged", |_| "open");
    transaction.execute(
        "INSERT INTO reader_request
            (message_id, token, bounce, sender, automatic, about, said, hard, received, outcome, at)
         VALUES (?1, ?2, 1, '', 1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        params![
            report.message_id,
            report.token.as_deref().unwrap_or_default(),
            report.about,
            said,
            hard,
            received.map(micros),
            outcome,
            micros(now)
        ],
    )?;
    Ok(())
}

impl Archive {
    /// Judges what mails asked for by readers' tokens: lets readers leave and cancels what they would still get, notes what
    /// came back, and rests those whose mail came back three times in a row. `editions` are those that are configured.
    ///
    /// # Errors
    /// The archive cannot be read or written; what the looks before did is true then, and the rest is judged the next time.
    pub async fn judge_readers(
        &self,
        editions: Arc<[EditionReaders]>,
        now: Timestamp,
    ) -> Result<ReadersJudged, ArchiveError> {
        let mut all = ReadersJudged::default();
        for _ in 0..LOOKS {
            let editions = editions.clone();
            let look = move |transaction: &Transaction<'_>| look(transaction, &editions, now);
            let (judged, looked_at) = self.write(look).await?;
            all.left += judged.left;
            all.refused += judged.refused;
            all.rested += judged.rested;
            if looked_at < AT_ONCE {
                break;
            }
        }
        Ok(all)
    }
}

/// Judges the oldest requests. Returns also how many there were.
fn look(
    transaction: &Transaction<'_>,
    editions: &[EditionReaders],
    now: Timestamp,
) -> Result<(ReadersJudged, usize), ArchiveError> {
    let mut judged = ReadersJudged::default();
    let looked_at = judge_open(transaction, editions, now, &mut judged)?;
    for edition in editions {
        judged.rested += rest_readers(transaction, &edition.edition, now)?;
    }
    cancel_needless(transaction, judged.left + judged.rested == 0)?;
    Ok((judged, looked_at))
}

/// A request as it was kept.
struct OpenRequest {
    message_id: String,
    token: String,
    bounce: bool,
    sender: String,
    automatic: bool,
    about: Option<String>,
    said: String,
    hard: bool,
    received: Option<Timestamp>,
}

impl OpenRequest {
    /// Returns its token, and whether that is a bounce's.
    fn place(&self) -> (bool, String) {
        (self.bounce, self.token.clone())
    }
}

/// The reader whom a token stands for.
struct TokenOwner {
    edition: String,
    address: String,
    generation: i64,
    /// True when this installation made the token.
    own: bool,
}

/// State and generation, by edition and address.
type ReaderRows = BTreeMap<(String, String), (String, i64)>;

/// The readers, as the configuration and the archive know them.
struct KnownReaders<'a> {
    editions: &'a [EditionReaders],
    /// Those that have a row.
    rows: ReaderRows,
}

impl KnownReaders<'_> {
    /// Returns the readers of an edition, those who are no longer configured too, and the generation of each.
    fn of(&self, edition: &EditionReaders) -> BTreeMap<String, i64> {
        let configured = edition
            .addresses
            .iter()
            .map(|address| (comparable_address(address), 0));
        let mut all: BTreeMap<String, i64> = configured.collect();
        let known = self
            .rows
            .iter()
            .filter(|((of, _), _)| *of == edition.edition);
        all.extend(known.map(|((_, address), (_, generation))| (address.clone(), *generation)));
        all
    }
}

fn judge_open(
    transaction: &Transaction<'_>,
    editions: &[EditionReaders],
    now: Timestamp,
    judged: &mut ReadersJudged,
) -> Result<usize, ArchiveError> {
    // A key that was learned since may open what nothing opened before.
    transaction.execute(
        "UPDATE reader_request SET outcome = 'open'
         WHERE outcome = 'forged' AND token <> '' AND at < (SELECT max(learned_at) FROM installation_key)",
        [],
    )?;
    let open = open_requests(transaction)?;
    if open.is_empty() {
        return Ok(0);
    }
    let mut readers = KnownReaders {
        editions,
        rows: known_rows(transaction)?,
    };
    let owners = owners_of_tokens(transaction, &readers, &open)?;
    let ours = addresses_of_all(editions);
    for request in &open {
        let owner = owners.get(&request.place());
        let outcome = match owner {
            None => "forged",
            Some(owner) if request.bounce => {
                let TokenOwner {
                    edition, address, ..
                } = owner;
                let about = request.about.as_deref();
                let words = (request.said.as_str(), request.hard);
                note_returned(transaction, edition, address, about, words, now)?;
                "noted"
            }
            Some(owner) => leave(transaction, &mut readers, owner, request, &ours, now)?,
        };
        match outcome {
            "left" => judged.left += 1,
            "noted" => {}
            _ => judged.refused += 1,
        }
        let (edition, address) = owner.map_or(("", ""), |it| (&it.edition, &it.address));
        transaction.execute(
            "UPDATE reader_request SET outcome = ?3, edition = ?4, address = ?5, at = ?6
             WHERE message_id = ?1 AND token = ?2",
            params![
                request.message_id,
                request.token,
                outcome,
                edition,
                address,
                micros(now)
            ],
        )?;
    }
    if judged.refused > 0 {
        let count = judged.refused;
        warn!(count, "requests by tokens that are of no use did nothing");
    }
    let oldest = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    transaction.execute(
        "DELETE FROM reader_request WHERE at < ?1 AND outcome <> 'open'",
        [micros(oldest)],
    )?;
    Ok(open.len())
}

/// Lets a reader leave, if the request is not a replay and nobody else's; returns what came of it.
fn leave(
    transaction: &Transaction<'_>,
    readers: &mut KnownReaders<'_>,
    owner: &TokenOwner,
    request: &OpenRequest,
    ours: &BTreeSet<String>,
    now: Timestamp,
) -> Result<&'static str, ArchiveError> {
    let TokenOwner {
        edition,
        address,
        generation,
        own,
    } = owner;
    let mut senders = request.sender.split(' ').filter(|one| !one.is_empty());
    let is_owner = senders.clone().any(|one| one == address.to_lowercase());
    // Who writes from an address that is no reader's has the digest forwarded, and the token proves it.
    if !is_owner && senders.any(|one| ours.contains(one)) {
        return Ok("another_reader");
    }
    let place = (edition.clone(), address.clone());
    let (state, current) = readers.rows.get(&place).cloned().unwrap_or_default();
    if state == "left" || *generation < current {
        return Ok("replayed");
    }
    let received = request.received.unwrap_or(now).min(now);
    // What another installation made it tells of itself; what was read before, and is read again, was told.
    let told = !own || now.duration_since(received) > ANSWERED;
    transaction.execute(
        "INSERT INTO reader (edition, address, state, since, generation, why, told, farewell, request)
         VALUES (?1, ?2, 'left', ?3, ?4, '', ?5, ?6, ?7)
         ON CONFLICT (edition, address) DO UPDATE SET state = 'left', since = excluded.since, why = '',
            generation = excluded.generation, told = excluded.told, farewell = excluded.farewell, request = excluded.request",
        params![
            edition,
            address,
            micros(received),
            generation,
            told,
            !told && !request.automatic,
            request.message_id
        ],
    )?;
    readers.rows.insert(place, ("left".into(), *generation));
    info!(edition, address, "a reader has left");
    Ok("left")
}

/// Reads what is to be judged, oldest first.
fn open_requests(transaction: &Transaction<'_>) -> Result<Vec<OpenRequest>, ArchiveError> {
    let sql = "SELECT message_id, token, bounce, sender, automatic, about, said, hard, received
        FROM reader_request WHERE outcome = 'open' ORDER BY at LIMIT ?1";
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    select(transaction, sql, [most], |row| {
        Ok(OpenRequest {
            message_id: row.get(0)?,
            token: row.get(1)?,
            bounce: row.get(2)?,
            sender: row.get(3)?,
            automatic: row.get(4)?,
            about: row.get(5)?,
            said: row.get(6)?,
            hard: row.get(7)?,
            received: row.get::<_, Option<i64>>(8)?.map(instant),
        })
    })
}

fn known_rows(transaction: &Transaction<'_>) -> Result<ReaderRows, ArchiveError> {
    let sql = "SELECT edition, address, state, generation FROM reader";
    let rows = select(transaction, sql, [], |row| {
        Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)))
    })?;
    Ok(rows.into_iter().collect())
}

/// Finds the readers of the open tokens, by whether a token is a bounce's: one look at every token that was ever given out.
fn owners_of_tokens(
    transaction: &Transaction<'_>,
    readers: &KnownReaders<'_>,
    open: &[OpenRequest],
) -> Result<HashMap<(bool, String), TokenOwner>, ArchiveError> {
    let sql = "SELECT key, own FROM installation_key";
    let keys: Vec<(Vec<u8>, bool)> = select(transaction, sql, [], |row| row.try_into())?;
    let wanted: HashSet<(bool, String)> = open.iter().map(OpenRequest::place).collect();
    let mut found = HashMap::new();
    for of_edition in readers.editions {
        for (address, current) in readers.of(of_edition) {
            for (bytes, own) in &keys {
                let Some(key) = InstallationKey::from_bytes(bytes) else {
                    continue;
                };
                let more = if *own { 0 } else { UNKNOWN_GENERATIONS };
                for generation in 0..=current + more {
                    let (edition, address) = (&of_edition.edition, &address);
                    let mut tokens = vec![(true, bounce_token(&key, edition, address, generation))];
                    if of_edition.may_leave {
                        tokens.push((false, leave_token(&key, edition, address, generation)));
                    }
                    for token in tokens.into_iter().filter(|token| wanted.contains(token)) {
                        let owner = TokenOwner {
                            edition: edition.clone(),
                            address: address.clone(),
                            generation,
                            own: *own,
                        };
                        found.insert(token, owner);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Returns the addresses of all readers, in lower case.
fn addresses_of_all(editions: &[EditionReaders]) -> BTreeSet<String> {
    let all = editions.iter().flat_map(|edition| &edition.addresses);
    all.map(|address| comparable_address(address).to_lowercase())
        .collect()
}

/// Cancels what waits for readers who are not written to any more; a resend that was asked for later is made. With `again`,
/// only what was put off since it was looked at first: it was being handed in then.
fn cancel_needless(transaction: &Transaction<'_>, again: bool) -> Result<(), ArchiveError> {
    let cancelled = transaction.execute(
        "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, waits_for_hand = 0,
            response = 'its reader is not written to any more'
         WHERE id IN (
            SELECT v.id FROM delivery v CROSS JOIN queued_message m ON m.id = v.queued_message
            CROSS JOIN digest d ON d.id = m.digest
            CROSS JOIN reader r ON r.edition = d.edition AND r.address = v.recipient AND r.state <> 'active'
            WHERE v.next_attempt_at IS NOT NULL AND v.attempts >= ?1
              AND (m.kind = 'digest' OR m.kind = 'resend' AND m.queued_at <= r.since))",
        [i64::from(again)],
    )?;
    if cancelled > 0 {
        info!(
            cancelled,
            "mails to readers who are not written to any more"
        );
    }
    Ok(())
}
