//! Packing messages: zstd (RFC 8878) with a dictionary of the boilerplate that announcements share. Mails of 3 kB are
//! too short to learn from; with it they take half the space and half the time.
//!
//! The dictionary is kept in the archive too, so that the file can be read without this program, and by later ones that
//! pack with a better one: a frame tells the number of its dictionary.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rusqlite::{Connection, params};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::EncoderDictionary;

use crate::archive::ArchiveError;
use crate::archive::store::rows::select;

/// The effort of zstd. Mails are small: level 3 takes a quarter more time and saves another 2 %.
const LEVEL: i32 = 1;

/// The bytes that every frame begins with (RFC 8878 section 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The dictionary that messages are packed with today; made by `scripts/dictionary`.
const DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// Stores today's dictionary in the archive, once.
pub(in crate::archive) fn store_dictionary(connection: &Connection) -> Result<(), ArchiveError> {
    let number = number_of(DICTIONARY);
    let mut known = connection.prepare("SELECT 1 FROM dictionary WHERE number = ?1")?;
    if !known.exists([number])? {
        connection.execute(
            "INSERT INTO dictionary (number, bytes) VALUES (?1, ?2)",
            params![number, DICTIONARY],
        )?;
    }
    Ok(())
}

/// Returns the number of a dictionary, which follows its magic number (RFC 8878 section 5).
fn number_of(dictionary: &[u8]) -> u32 {
    let bytes = dictionary.get(4..8).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_le_bytes)
}

/// A compressor that is used for a whole batch: making one costs more than compressing a mail.
pub(in crate::archive) struct Packer(Option<Compressor<'static>>);

impl Packer {
    /// Makes one with today's dictionary.
    pub(in crate::archive) fn new() -> Self {
        static PREPARED: LazyLock<EncoderDictionary<'static>> =
            LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
        Packer(Compressor::with_prepared_dictionary(&PREPARED).ok())
    }

    /// Compresses a message. That fails only for lack of memory; the message itself is then kept as it is, and
    /// unpacking knows the two apart by zstd's magic number.
    pub(in crate::archive) fn pack(&mut self, raw: &[u8]) -> Vec<u8> {
        let packed = self.0.as_mut().and_then(|packer| packer.compress(raw).ok());
        packed.unwrap_or_else(|| raw.to_vec())
    }
}

/// Decompressors, by the number of the dictionary they were packed with; 0 is none.
pub(in crate::archive) struct Unpacker(BTreeMap<u32, Decompressor<'static>>);

impl Unpacker {
    /// Reads every dictionary that the archive ever packed with.
    pub(in crate::archive) fn open(connection: &Connection) -> Result<Self, ArchiveError> {
        let sql = "SELECT number, bytes FROM dictionary";
        let kept: Vec<(u32, Vec<u8>)> = select(connection, sql, [], |row| row.try_into())?;
        let mut unpackers = BTreeMap::from([(0, Decompressor::new().map_err(damaged)?)]);
        for (number, bytes) in kept {
            let unpacker = Decompressor::with_dictionary(&bytes).map_err(damaged)?;
            unpackers.insert(number, unpacker);
        }
        Ok(Unpacker(unpackers))
    }

    /// Decompresses a message of `size` bytes.
    pub(in crate::archive) fn unpack(
        &mut self,
        packed: Vec<u8>,
        size: usize,
    ) -> Result<Vec<u8>, ArchiveError> {
        // A message that could not be compressed was kept as it was.
        if packed.len() == size && !packed.starts_with(&MAGIC) {
            return Ok(packed);
        }
        let number = zstd::zstd_safe::get_dict_id_from_frame(&packed).map_or(0, u32::from);
        let Some(unpacker) = self.0.get_mut(&number) else {
            let why = format!("it was packed with dictionary {number}, which is gone");
            return Err(ArchiveError::Content(why));
        };
        unpacker.decompress(&packed, size).map_err(damaged)
    }
}

fn damaged(error: std::io::Error) -> ArchiveError {
    ArchiveError::Content(format!("it cannot be unpacked: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::archive::store::migrations::migrate(&mut connection).unwrap();
        store_dictionary(&connection).unwrap();
        store_dictionary(&connection).unwrap();
        connection
    }

    const MAIL: &[u8] = b"From: internet-drafts@ietf.org\r\nTo: i-d-announce@ietf.org\r\nSubject: I-D Action: draft-x-00.txt\r\n\r\nbody";

    #[test]
    fn a_message_comes_back_as_it_was_and_takes_little() {
        let packed = Packer::new().pack(MAIL);
        assert!(packed.len() < MAIL.len() / 2, "{} bytes", packed.len());
        let mut unpacker = Unpacker::open(&archive()).unwrap();
        assert_eq!(unpacker.unpack(packed, MAIL.len()).unwrap(), MAIL);
        let empty = Packer::new().pack(b"");
        assert_eq!(unpacker.unpack(empty, 0).unwrap(), b"");
    }

    #[test]
    fn what_was_packed_without_a_dictionary_or_not_at_all_comes_back_too() {
        let mut unpacker = Unpacker::open(&archive()).unwrap();
        let plain = zstd::bulk::compress(MAIL, 3).unwrap();
        assert_eq!(unpacker.unpack(plain, MAIL.len()).unwrap(), MAIL);
        assert_eq!(unpacker.unpack(MAIL.to_vec(), MAIL.len()).unwrap(), MAIL);
    }

    #[test]
    fn a_dictionary_that_is_gone_and_damaged_bytes_are_errors() {
        let connection = archive();
        let mut packed = Packer::new().pack(MAIL);
        packed.truncate(packed.len() - 3);
        let mut unpacker = Unpacker::open(&connection).unwrap();
        assert!(unpacker.unpack(packed, MAIL.len()).is_err());
        connection.execute("DELETE FROM dictionary", []).unwrap();
        let mut unpacker = Unpacker::open(&connection).unwrap();
        let error = unpacker
            .unpack(Packer::new().pack(MAIL), MAIL.len())
            .unwrap_err();
        assert!(error.to_string().contains("dictionary 1"), "{error}");
    }

    #[test]
    fn the_shipped_dictionary_has_its_number() {
        assert_eq!(number_of(DICTIONARY), 1);
    }
}
