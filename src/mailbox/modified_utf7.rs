//! Writes folder names in modified UTF-7 (RFC 3501 section 5.1.3) and reads them back, so that `通知` can stand in the
//! configuration as it is. The base64 is the crate's, which knows IMAP's alphabet. What is left is here because no kept
//! crate has it: utf7-imap 0.3 panics on a name that is not well formed, which a server may send, and brings a second
//! base64 and regex.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Encodes a name, without quotes; control characters are left out.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name.chars().filter(|c| !c.is_control()).peekable();
    while let Some(c) = rest.next() {
        if c == '&' {
            out.push_str("&-");
        } else if c.is_ascii() {
            out.push(c);
        } else {
            let mut run = String::from(c);
            run.extend(std::iter::from_fn(|| rest.next_if(|c| !c.is_ascii())));
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.push('&');
            BASE64.encode_string(units, &mut out);
            out.push('-');
        }
    }
    out
}

/// Decodes a name, for showing; one that is not well formed is returned as it came.
pub(super) fn decode(name: &str) -> String {
    try_decode(name).unwrap_or_else(|| name.to_owned())
}

fn try_decode(name: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, from)) = rest.split_once('&') {
        let (code, after) = from.split_once('-')?;
        out.push_str(before);
        if code.is_empty() {
            out.push('&');
        } else {
            let units: Vec<u16> = BASE64
                .decode(code)
                .ok()?
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            out.push_str(&String::from_utf16_lossy(&units));
        }
        rest = after;
    }
    Some(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_modified_utf7_and_read_back() {
        // The example of RFC 3501 section 5.1.3.
        let name = "~peter/mail/台北/日本語";
        assert_eq!(encode(name), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        for name in [name, "INBOX", "R&D", "Entwürfe", "📬 lists"] {
            assert_eq!(decode(&encode(name)), name);
        }
    }

    #[test]
    fn a_name_that_is_not_well_formed_is_shown_as_it_came() {
        for name in ["a&b", "&!!-", "&A-", "&AAA=-"] {
            assert_eq!(decode(name), name);
        }
    }
}
