//! Which keys a table may have, asked of the room's own settings, and the nearest one to a misspelt key. There is no
//! second list of keys that could fall behind.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::announcement::List;
use crate::digest::{Edition, Watch};
use crate::editor::EditorSettings;
use crate::endpoint::ServerKeys;
use crate::mailbox::MailboxSettings;
use crate::outbox::{SmtpSettings, StandbySettings};
use crate::secret::LoginKeys;
use crate::{archive, digest, press};

/// The settings that one table is read into.
pub(super) trait Table: DeserializeOwned {
    /// Returns the keys that may stand in it, in the order of their declaration.
    fn keys() -> Vec<&'static str> {
        keys_of::<Self>().to_vec()
    }

    /// Reads the keys that the table shares with others, each share by itself: serde's `flatten`, which joins them,
    /// forgets the position of a wrong value.
    fn check_shared(_: &DeTable<'_>) -> Result<(), toml::de::Error> {
        Ok(())
    }
}

impl Table for archive::ArchiveSettings {}
impl Table for List {}
impl Table for Edition {}
impl Table for Watch {}
impl Table for EditorSettings {}
impl Table for digest::DigestSettings {}
impl Table for press::PressSettings {}
impl Table for StandbySettings {}

impl Table for MailboxSettings {
    fn keys() -> Vec<&'static str> {
        with_shared::<String>(&["address", "folders", "sent_folder", "idle_refresh", "poll"])
    }

    fn check_shared(table: &DeTable<'_>) -> Result<(), toml::de::Error> {
        check_share::<ServerKeys>(table)?;
        check_share::<LoginKeys<String>>(table)
    }
}

impl Table for SmtpSettings {
    fn keys() -> Vec<&'static str> {
        with_shared::<Option<String>>(&[
            "operator",
            "helo",
            "give_up_after",
            "mails_per_session",
            "sessions",
            "bounce_address",
        ])
    }

    fn check_shared(table: &DeTable<'_>) -> Result<(), toml::de::Error> {
        check_share::<ServerKeys>(table)?;
        check_share::<LoginKeys<Option<String>>>(table)
    }
}

/// Returns the keys of a server, of a login, and a table's own, which `flatten` hides: one that is missing in `own` is
/// refused as unknown.
fn with_shared<Name: DeserializeOwned>(own: &[&'static str]) -> Vec<&'static str> {
    [keys_of::<ServerKeys>(), keys_of::<LoginKeys<Name>>(), own].concat()
}

/// Reads a share of a table's keys.
fn check_share<T: DeserializeOwned>(table: &DeTable<'_>) -> Result<(), toml::de::Error> {
    let known = keys_of::<T>();
    let share = (table.iter())
        .filter(|(key, _)| known.contains(&key.get_ref().as_ref()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let share = Spanned::new(0..0, DeValue::Table(share));
    T::deserialize(ValueDeserializer::from(share)).map(drop)
}

/// Returns the keys of the struct `T`, in the order of its declaration.
pub(super) fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // The answer is always an error; what matters is what was asked for on the way.
    let _ = T::deserialize(Listener(&mut keys));
    keys
}

/// A deserializer that has no data and only hears which fields a struct asks for.
struct Listener<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no data"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("no data"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Returns the candidate that `word` was probably meant to be; `None` when none is near.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    // A third of the letters may be wrong: `usrename` and `pasword_file` are found, `color` is not made `folders`.
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_of_the_struct() {
        let keys = List::keys();
        assert_eq!(keys, ["name", "id"]);
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let keys = ["host", "username", "password_file", "folders"];
        assert_eq!(nearest("usrename", &keys), Some("username"));
        assert_eq!(nearest("pasword_file", &keys), Some("password_file"));
        assert_eq!(nearest("hots", &keys), Some("host"));
        assert_eq!(nearest("color", &keys), None);
    }
}
