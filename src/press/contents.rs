//! Names in a header what was in a digest, by the archive's fingerprints, so that the archive can be made again from the
//! copies in the mailbox. The field has at most 4 kB whatever the day: some servers refuse more.
//!
//! Up to some 230 fingerprints are written as they are, in hexadecimal digits. More are shortened to as many digits as fit,
//! sorted, and the differences of neighbours written in a Rice code and base64 (`packed:5:2100:…`). Of 2,100 announcements
//! five digits stay: one in 500 of the announcements that were *not* in the digest is then taken for one that was; it can
//! only be a late arrival after a lost archive. Where not even five digits fit, from some 2,200 announcements on, the
//! field is left out, which says that the digest held what had been received when it was sealed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use lettre::message::header::HeaderValue;

use super::outgoing::folded;
use super::transfer::LINE;

/// The field that names what is in a digest.
pub(super) const CONTENTS: &str = "X-Nikkan-Contents";

/// The largest field, in bytes as it travels, its name and line ends included.
const LARGEST: usize = 4_000;
/// Fewer digits than this say too little.
const LEAST_DIGITS: usize = 5;
/// The digits of a whole fingerprint.
const DIGITS: usize = 16;
/// Begins the packed form. No such word is a fingerprint.
const PACKED: &str = "packed:";

/// Makes the field; `None` when there is too much to be told in it.
pub(super) fn field(fingerprints: &[String]) -> Option<HeaderValue> {
    if fingerprints.is_empty() {
        return Some(folded(CONTENTS, "none".to_owned()));
    }
    if fingerprints.len() <= LARGEST / DIGITS {
        let words = fingerprints.iter().map(String::as_str);
        let plain = fold(words.collect::<Vec<_>>().as_slice(), " ");
        if fits(&plain) {
            return Some(folded(CONTENTS, plain));
        }
    }
    (LEAST_DIGITS..DIGITS).rev().find_map(|digits| {
        let packed = pack(fingerprints, digits)?;
        // Cut where lines end: the first is shorter by the name of the field.
        let (first, rest) = packed.split_at(packed.len().min(LINE - CONTENTS.len() - 2));
        let cuts = (0..rest.len()).step_by(LINE - 1);
        let pieces = cuts.filter_map(|at| rest.get(at..rest.len().min(at + LINE - 1)));
        let pieces: Vec<&str> = std::iter::once(first).chain(pieces).collect();
        let value = fold(&pieces, " ");
        fits(&value).then(|| folded(CONTENTS, value))
    })
}

/// Reads the field's value; shortened fingerprints come back short.
pub(super) fn read(value: &str) -> Vec<String> {
    let is_fingerprint =
        |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_hexdigit());
    if value.trim_start().starts_with(PACKED) {
        let packed: String = value.split_whitespace().collect();
        return unpack(&packed).unwrap_or_default();
    }
    let words = value.split_whitespace().filter(is_fingerprint);
    words.map(str::to_owned).collect()
}

fn fits(value: &str) -> bool {
    CONTENTS.len() + ": \r\n".len() + value.len() <= LARGEST
}

/// Puts words on lines of a header.
fn fold(words: &[&str], between: &str) -> String {
    let mut value = String::new();
    let mut length = CONTENTS.len() + 1;
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            let is_over = length + between.len() + word.len() > LINE;
            value.push_str(if is_over { "\r\n " } else { between });
            length = if is_over { 1 } else { length + between.len() };
        }
        value.push_str(word);
        length += word.len();
    }
    value
}

/// Packs the first `digits` digits of each fingerprint; `None` when one is none.
fn pack(fingerprints: &[String], digits: usize) -> Option<String> {
    let mut numbers: Vec<u64> = Vec::with_capacity(fingerprints.len());
    for fingerprint in fingerprints {
        numbers.push(u64::from_str_radix(fingerprint.get(..digits)?, 16).ok()?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let low = low_bits(digits, numbers.len());
    let mut bits = Bits::default();
    let mut before = 0;
    for number in &numbers {
        bits.push_rice(number - before, low);
        before = *number;
    }
    let coded = BASE64_STANDARD_NO_PAD.encode(&bits.bytes);
    Some(format!("{PACKED}{digits}:{}:{coded}", numbers.len()))
}

/// Reads what [`pack`] wrote; `None` when it is nothing of the kind.
fn unpack(packed: &str) -> Option<Vec<String>> {
    let mut parts = packed.strip_prefix(PACKED)?.splitn(3, ':');
    let digits: usize = parts.next()?.parse().ok()?;
    let count: usize = parts.next()?.parse().ok()?;
    let bytes = BASE64_STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    // Each number takes a bit at least.
    if !(LEAST_DIGITS..DIGITS).contains(&digits) || count > bytes.len() * 8 {
        return None;
    }
    let low = low_bits(digits, count);
    let bits = Bits {
        length: bytes.len() * 8,
        bytes,
    };
    let mut at = 0;
    let mut number = 0_u64;
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        number = number.checked_add(bits.read_rice(&mut at, low)?)?;
        let word = format!("{number:0digits$x}");
        (word.len() == digits).then(|| found.push(word))?;
    }
    Some(found)
}

/// Returns how many low bits of a difference are written as they are: differences are about as large as the numbers are
/// apart.
fn low_bits(digits: usize, count: usize) -> u32 {
    let bits = u32::try_from(digits * 4).unwrap_or(0);
    bits.saturating_sub(count.max(1).ilog2())
}

/// A row of bits, the highest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.length.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.length % 8);
        }
        self.length += 1;
    }

    fn get(&self, at: usize) -> Option<bool> {
        let byte = self.bytes.get(at / 8)?;
        Some(byte >> (7 - at % 8) & 1 == 1)
    }

    /// Writes what is above the low bits as so many ones and a nought, then the low bits.
    fn push_rice(&mut self, value: u64, low: u32) {
        for _ in 0..value.checked_shr(low).unwrap_or(0) {
            self.push(true);
        }
        self.push(false);
        for place in (0..low).rev() {
            self.push(value >> place & 1 == 1);
        }
    }

    fn read_rice(&self, at: &mut usize, low: u32) -> Option<u64> {
        let mut value = 0_u64;
        while self.get(*at)? {
            value += 1;
            *at += 1;
        }
        *at += 1;
        for _ in 0..low {
            value = value << 1 | u64::from(self.get(*at)?);
            *at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    fn fingerprints(count: usize) -> Vec<String> {
        let hash = |n: usize| Sha256::digest(n.to_string());
        let words = (0..count).map(|n| {
            hash(n)
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        });
        words.collect()
    }

    fn written(fingerprints: &[String]) -> Option<String> {
        let mut headers = lettre::message::header::Headers::new();
        headers.insert_raw(field(fingerprints)?);
        Some(headers.to_string())
    }

    #[test]
    fn a_field_has_4_kilobytes_at_most_and_tells_everything() {
        for (count, digits) in [
            (0, 16),
            (1, 16),
            (220, 16),
            (300, 15),
            (443, 13),
            (1_000, 7),
            (2_100, 5),
            (2_150, 5),
        ] {
            let all = fingerprints(count);
            let field = written(&all).unwrap();
            assert!(field.len() <= 4_000, "{count}: {}", field.len());
            assert!(field.lines().all(|line| line.len() <= 78));
            let (_, value) = field.split_once(": ").unwrap();
            let read = read(&value.replace("\r\n", ""));
            let shortest = read.iter().map(String::len).min().unwrap_or(16);
            assert!(shortest >= digits, "{count}: {shortest} digits");
            assert!(
                all.iter()
                    .all(|one| read.iter().any(|short| one.starts_with(short.as_str()))),
                "{count}"
            );
        }
        assert_eq!(written(&fingerprints(6_000)), None);
    }

    #[test]
    fn what_was_not_in_a_digest_of_2_100_is_seldom_taken_for_it() {
        let all = fingerprints(22_100);
        let field = written(&all[..2_100]).unwrap();
        let (_, value) = field.split_once(": ").unwrap();
        let told: std::collections::BTreeSet<String> =
            read(&value.replace("\r\n", "")).into_iter().collect();
        let wrong = all[2_100..]
            .iter()
            .filter(|other| told.contains(&other[..5]))
            .count();
        assert!(wrong < 20_000 / 400, "{wrong} of 20,000");
    }

    #[test]
    fn a_field_that_somebody_else_wrote_is_read_without_harm() {
        for value in [
            "packed:",
            "packed:5",
            "packed:5:9:",
            "packed:5:99999999999:AAAA",
            "packed:16:1:AAAA",
            "packed:5:3:////",
            "packed:5:2:AAA",
            "packed:x:y:z",
            "packed:15:8:////////////////",
            "none",
            "not hex at all",
            "",
        ] {
            assert!(read(value).len() <= 8, "{value}");
        }
        assert_eq!(
            read(" 0123456789abcdef\r\n fedcba9876543210"),
            ["0123456789abcdef", "fedcba9876543210"]
        );
    }
}
