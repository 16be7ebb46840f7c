//! Finds out whether a journal belongs to the file it lies beside, before SQLite opens the two: opened together, the pages of
//! a stranger's journal are written over the file's own.
//!
//! A write-ahead log names no file (sqlite.org/fileformat2.html, section 4). But ours holds, among its first pages, the one on
//! which the archive's identity stands, with a stamp that is new in each log and the stamp before it ([`super::wal`]). The
//! file has the stamp that was brought into it last. So a log goes on from a file when it begins with that stamp as the one
//! before, or has brought one of its own into the file already. A copy that `VACUUM INTO` made is known without: it is in
//! rollback mode, in which there is no log. What proves nothing is let through.

use std::io::{self, ErrorKind, Read};

/// Bytes of the file's header (section 1.3).
pub(super) const HEADER: usize = 100;
/// The bytes that the file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes of a log's header, and of one of its frames' (section 4.1).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The bytes that a rollback journal begins with (section 3).
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Bytes of an identity and of a stamp.
const MARK: usize = 16;

/// The file as it is without its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileFacts {
    pub(super) page_size: u32,
    /// True in rollback mode, as `VACUUM INTO` leaves a file.
    pub(super) is_without_log: bool,
    /// Of a file that has them: the number of the page with the identity, and what stands there.
    pub(super) marks: Option<(u32, Marks)>,
}

/// What stands on the page of the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) identity: [u8; MARK],
    pub(super) stamp: [u8; MARK],
    pub(super) before: [u8; MARK],
}

impl FileFacts {
    /// Reads the header of a file; `None` when it is none of SQLite's.
    pub(super) fn of_header(header: &[u8; HEADER]) -> Option<Self> {
        if !header.starts_with(MAGIC) {
            return None;
        }
        let page_size = match u32::from(header[16]) << 8 | u32::from(header[17]) {
            1 => 65_536,
            size => size,
        };
        Some(FileFacts {
            page_size,
            is_without_log: header[18] == 1 && header[19] == 1,
            marks: None,
        })
    }
}

impl Marks {
    /// Reads them from the page of a table that has this one row (section 1.6: a leaf of an index, whose one cell holds a
    /// record of three blobs).
    fn of_page(page: &[u8]) -> Option<Self> {
        const BLOB: u8 = 12 + 2 * MARK as u8;
        if *page.first()? != 10 || page.get(3..5)? != [0, 1] {
            return None;
        }
        let cell = usize::from(u16::from_be_bytes(page.get(8..10)?.try_into().ok()?));
        let cell = page.get(cell..)?;
        if cell.get(..5)? != [4 + 3 * MARK as u8, 4, BLOB, BLOB, BLOB] {
            return None;
        }
        let blob = |number: usize| cell.get(5 + number * MARK..)?.first_chunk().copied();
        Some(Marks {
            identity: blob(0)?,
            stamp: blob(1)?,
            before: blob(2)?,
        })
    }
}

/// Reads a write-ahead log and tells why it is not that of `file`; `None` when it is, or cannot be told. `salt` gets the
/// eight bytes that are new whenever the log begins anew.
///
/// # Errors
/// It cannot be read.
pub(super) fn fault_of_log(
    mut log: impl Read,
    file: &FileFacts,
    salt: &mut [u8; 8],
) -> io::Result<Option<String>> {
    let mut header = [0; LOG_HEADER];
    if !fill(&mut log, &mut header)? {
        return Ok(None);
    }
    salt.copy_from_slice(&header[16..24]);
    let (magic, page_size) = (word(&header, 0), word(&header, 8));
    let sizes = 512..=65_536;
    if magic & !1 != 0x377f_0682 || !page_size.is_power_of_two() || !sizes.contains(&page_size) {
        // SQLite takes no notice of such a log.
        return Ok(None);
    }
    let mut sum = Checksum::new(magic & 1 == 1);
    sum.add(&header[..24]);
    if sum.pair() != (word(&header, 24), word(&header, 28)) {
        return Ok(None);
    }
    let mut seen = Seen::default();
    let mut frame = [0; FRAME_HEADER];
    let mut page = vec![0; page_size as usize];
    let (mut committed, mut open) = (false, Seen::default());
    while fill(&mut log, &mut frame)? && fill(&mut log, &mut page)? {
        sum.add(&frame[..8]);
        sum.add(&page);
        let is_next = frame[8..16] == header[16..24];
        if !is_next || sum.pair() != (word(&frame, 16), word(&frame, 20)) {
            break;
        }
        if let Some((number, marks)) = &file.marks
            && word(&frame, 0) == *number
        {
            open.add(Marks::of_page(&page), marks);
        }
        // What follows the last commit is as if never written.
        if word(&frame, 4) != 0 {
            committed = true;
            seen.join(std::mem::take(&mut open));
        }
    }
    if !committed {
        return Ok(None);
    }
    if page_size != file.page_size {
        return Ok(Some(format!(
            "its pages have {page_size} bytes, and the file's {}",
            file.page_size
        )));
    }
    if file.is_without_log {
        return Ok(Some(
            "the file was written as one piece, as backups are, and cannot have one".into(),
        ));
    }
    Ok(seen.fault().map(Into::into))
}

/// What the pages of the identity in a log tell.
#[derive(Default)]
struct Seen {
    /// Of the first: true when it goes on from the file.
    goes_on: Option<bool>,
    /// True when the file has a stamp of the log.
    is_brought_in: bool,
    /// True when the log is of another archive.
    is_another: bool,
}

impl Seen {
    fn add(&mut self, found: Option<Marks>, file: &Marks) {
        let found = found.filter(|found| found.identity == file.identity);
        self.is_another |= found.is_none();
        let goes_on = found.is_some_and(|found| found.before == file.stamp);
        self.goes_on.get_or_insert(goes_on);
        self.is_brought_in |= found.is_some_and(|found| found.stamp == file.stamp);
    }

    fn join(&mut self, later: Seen) {
        self.goes_on = self.goes_on.or(later.goes_on);
        self.is_brought_in |= later.is_brought_in;
        self.is_another |= later.is_another;
    }

    fn fault(&self) -> Option<&'static str> {
        if self.is_another {
            Some("it is the journal of another archive")
        } else if self.goes_on == Some(false) && !self.is_brought_in {
            Some(
                "it goes on from another state of this archive, later or earlier than what lies there",
            )
        } else {
            None
        }
    }
}

/// Reads the beginning of a rollback journal and tells why it is not that of a file of `pages` pages; `None` when it may be, or
/// is one that SQLite takes no notice of.
///
/// # Errors
/// It cannot be read.
pub(super) fn fault_of_rollback_journal(
    mut journal: impl Read,
    file: &FileFacts,
    pages: u64,
) -> io::Result<Option<String>> {
    let mut header = [0; 28];
    if !fill(&mut journal, &mut header)? || !header.starts_with(&JOURNAL_MAGIC) {
        return Ok(None);
    }
    let (before, page_size) = (word(&header, 16), word(&header, 24));
    if page_size != file.page_size || u64::from(before) != pages {
        return Ok(Some(format!(
            "it would make it a file of {before} pages of {page_size} bytes, and it has {pages} of {}",
            file.page_size
        )));
    }
    Ok(None)
}

/// The checksum of logs (section 4.2).
struct Checksum {
    is_big_endian: bool,
    first: u32,
    second: u32,
}

impl Checksum {
    fn new(is_big_endian: bool) -> Self {
        Checksum {
            is_big_endian,
            first: 0,
            second: 0,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        let read = if self.is_big_endian {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        };
        let mut words = bytes.as_chunks().0.iter().map(|word| read(*word));
        while let (Some(even), Some(odd)) = (words.next(), words.next()) {
            self.first = self.first.wrapping_add(even).wrapping_add(self.second);
            self.second = self.second.wrapping_add(odd).wrapping_add(self.first);
        }
    }

    fn pair(&self) -> (u32, u32) {
        (self.first, self.second)
    }
}

/// Reads the big-endian word at `at`.
fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(<[u8]>::first_chunk);
    four.map_or(0, |four| u32::from_be_bytes(*four))
}

/// Fills `bytes`; false at the end of the file.
fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(end) if end.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
