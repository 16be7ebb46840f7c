//! The end of a certificate's validity, the one field of it that an operator wants to know beforehand. OpenSSL has
//! decided before that it is to be trusted.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version stands in front of the other fields, explicitly tagged, unless it is the first (RFC 5280 section 4.1).
const VERSION: u8 = 0xa0;

/// Reads the end of validity of a certificate in DER (RFC 5280 section 4.1.2.5).
pub(super) fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = inside(der, SEQUENCE)?;
    let (mut fields, _) = inside(certificate, SEQUENCE)?;
    if fields.first() == Some(&VERSION) {
        (_, fields) = element(fields)?;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        (_, fields) = element(fields)?;
    }
    let (validity, _) = inside(fields, SEQUENCE)?;
    let (_, rest) = element(validity)?;
    let ((tag, text), _) = element(rest)?;
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        // Two digits of the year: 50 to 99 are the last century.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", full).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// A tag and what it holds.
type Element<'a> = (u8, &'a [u8]);

/// Returns the content of the element at the start of `der`, which must have this tag, and what follows it.
fn inside(der: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    let ((tag, content), rest) = element(der)?;
    (tag == expected).then_some((content, rest))
}

/// Returns tag and content of the element at the start of `der`, and what follows it.
fn element(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            length.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some(((tag, content), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::asn1::Asn1Time;
    use openssl::pkey::PKey;
    use openssl::x509::X509;

    fn certificate(not_after: &str) -> Vec<u8> {
        let key = PKey::generate_ed25519().unwrap();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_pubkey(&key).unwrap();
        let begin = Asn1Time::from_str("20250101000000Z").unwrap();
        builder.set_not_before(&begin).unwrap();
        let end = Asn1Time::from_str(not_after).unwrap();
        builder.set_not_after(&end).unwrap();
        builder
            .sign(&key, openssl::hash::MessageDigest::null())
            .unwrap();
        builder.build().to_der().unwrap()
    }

    #[test]
    fn the_end_of_validity_is_read_in_both_forms() {
        let end = |text: &str| not_after(&certificate(text)).unwrap().to_string();
        assert_eq!(end("20261124235959Z"), "2026-11-24T23:59:59Z");
        assert_eq!(end("20521124000000Z"), "2052-11-24T00:00:00Z");
    }

    #[test]
    fn what_is_cut_or_no_certificate_has_no_end() {
        let der = certificate("20261124235959Z");
        for length in 0..der.len() {
            assert_eq!(not_after(&der[..length]), None, "{length}");
        }
        assert_eq!(not_after(b"\x30\x84\xff\xff\xff\xff"), None);
    }
}
