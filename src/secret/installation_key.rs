//! The key of one installation, of which tokens and Message-IDs are made that nobody else can guess.

use std::fmt;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a key.
const LENGTH: usize = 32;
/// Bytes of a tag: 96 bits cannot be guessed, and fit into an address.
const TAG: usize = 12;

/// A random key. `Debug` prints `[key]`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallationKey([u8; LENGTH]);

impl InstallationKey {
    /// Returns a new key from the system's source of randomness.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes)?;
        Ok(InstallationKey(bytes))
    }

    /// Returns the key of no installation, which everybody knows: for what is printed and never sent.
    pub fn of_none() -> Self {
        InstallationKey([0; LENGTH])
    }

    /// Reads a key from its bytes; `None` when they are not as many as a key has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(InstallationKey(bytes.try_into().ok()?))
    }

    /// Returns the bytes, for the archive.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads what [`InstallationKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::from_bytes(&BASE64_STANDARD.decode(text.trim()).ok()?)
    }

    /// Returns the key as text, for the copy of a digest in the operator's own mailbox.
    pub fn to_text(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// Returns 24 hexadecimal digits that stand for `parts` and that only who has the key can make (HMAC, RFC 2104). The first
    /// part should name the purpose, so that what is made for one is of no use for another.
    pub fn tag(&self, parts: &[&str]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            // HMAC takes keys of any length.
            return String::new();
        };
        for part in parts {
            mac.update(&part.len().to_le_bytes());
            mac.update(part.as_bytes());
        }
        let mut text = String::with_capacity(2 * TAG);
        for byte in mac.finalize().into_bytes().iter().take(TAG) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_of_its_key_its_purpose_and_its_parts() {
        let (one, other) = (
            InstallationKey::generate().unwrap(),
            InstallationKey::generate().unwrap(),
        );
        let tag = one.tag(&["leave", "daily", "a@example.net"]);
        assert_eq!(tag.len(), 24);
        assert_eq!(tag, one.tag(&["leave", "daily", "a@example.net"]));
        for different in [
            one.tag(&["bounce", "daily", "a@example.net"]),
            one.tag(&["leave", "dailya", "@example.net"]),
            other.tag(&["leave", "daily", "a@example.net"]),
        ] {
            assert_ne!(tag, different);
        }
        let back = InstallationKey::from_text(&one.to_text());
        assert_eq!(back, Some(one.clone()));
        assert_eq!(InstallationKey::from_text("AAAA"), None);
        assert_eq!(format!("{one:?}"), "[key]");
    }

    #[test]
    fn the_tag_is_an_hmac_with_sha_256() {
        // Test case with a key of 32 bytes of our own; the first 12 bytes, checked with `openssl dgst -sha256 -mac HMAC`.
        let key = InstallationKey::from_bytes(&[0x0b; 32]).unwrap();
        assert_eq!(key.tag(&[]), "5177e637aaac0b50e5dca8bb");
        assert_eq!(key.tag(&["Hi"]), "a7d778eedb6699b069038728");
    }
}
