//! Opening folders and asking how they stand, always read-only. Names are written as IMAP wants them (RFC 3501
//! section 5.1.3: modified UTF-7), so that `通知` can stand in the configuration as it is.

use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, StatusAttribute};

use super::Error;
use super::exchange::Session;
use super::orders::Phase;

/// What was learnt about a folder when it was opened, or by STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) uidvalidity: u32,
    pub(super) uid_next: Option<u32>,
    pub(super) messages: u32,
}

/// Opens a folder read-only.
pub(super) async fn examine(session: &mut Session, folder: &str) -> Result<Opened, Error> {
    session.line.enter(Phase::Examining, folder);
    let (mut uidvalidity, mut uid_next, mut messages) = (None, None, 0);
    let command = format!("EXAMINE {}", written(folder));
    let opened = session
        .run("EXAMINE", &command, |response| {
            if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
                messages = *count;
            }
            let (Response::Data { outcome, .. } | Response::Done { outcome, .. }) = response else {
                return;
            };
            match outcome.code {
                Some(ResponseCode::UidValidity(value)) => uidvalidity = Some(value),
                Some(ResponseCode::UidNext(value)) => uid_next = Some(value),
                _ => {}
            }
        })
        .await;
    match opened {
        Ok(()) => {}
        Err(Error::Refused { said, .. }) => {
            return Err(Error::Folder {
                folder: folder.to_owned(),
                said,
            });
        }
        Err(other) => return Err(other),
    }
    // Without it a UID means nothing; a server that is cut off here would otherwise look like an empty folder.
    let uidvalidity =
        uidvalidity.ok_or_else(|| Error::lost("no UIDVALIDITY came with the folder"))?;
    Ok(Opened {
        uidvalidity,
        uid_next,
        messages,
    })
}

/// How a folder that is not open stands; `None` where the server does not say all of it.
pub(super) async fn status(session: &mut Session, folder: &str) -> Result<Option<Opened>, Error> {
    let (mut uidvalidity, mut uid_next) = (None, None);
    let command = format!("STATUS {} (UIDVALIDITY UIDNEXT)", written(folder));
    let asked = session
        .run("STATUS", &command, |response| {
            let Response::MailboxData(MailboxDatum::Status { status, .. }) = response else {
                return;
            };
            for attribute in status {
                match attribute {
                    StatusAttribute::UidValidity(value) => uidvalidity = Some(*value),
                    StatusAttribute::UidNext(value) => uid_next = Some(*value),
                    _ => {}
                }
            }
        })
        .await;
    match asked {
        // EXAMINE will tell what is wrong with it.
        Ok(()) | Err(Error::Refused { .. }) => Ok(uidvalidity.map(|uidvalidity| Opened {
            uidvalidity,
            uid_next,
            messages: 0,
        })),
        Err(other) => Err(other),
    }
}

/// The names of all folders, at most `most`, as a person writes them.
pub(super) async fn list(session: &mut Session, most: usize) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    session
        .run("LIST", "LIST \"\" \"*\"", |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response
                && names.len() < 10_000
            {
                names.push(decoded(&list.name));
            }
        })
        .await?;
    names.sort();
    names.truncate(most);
    Ok(names)
}

/// A folder's name as it goes over the wire: modified UTF-7 in quotes (RFC 9051 section 4.3). Names come from the
/// configuration only.
pub(super) fn written(name: &str) -> String {
    let escaped = encoded(name).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Modified UTF-7, without quotes.
pub(super) fn encoded(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name.chars().filter(|c| !c.is_control()).peekable();
    while let Some(c) = rest.next() {
        if c == '&' {
            out.push_str("&-");
        } else if c.is_ascii() {
            out.push(c);
        } else {
            let mut units: Vec<u8> = Vec::new();
            let mut next = Some(c);
            while let Some(c) = next {
                let mut pair = [0; 2];
                let utf16 = c.encode_utf16(&mut pair);
                units.extend(utf16.iter().flat_map(|unit| unit.to_be_bytes()));
                next = rest.next_if(|c| !c.is_ascii());
            }
            out.push('&');
            for three in units.chunks(3) {
                let mut block = [0_u8; 4];
                block[1..=three.len()].copy_from_slice(three);
                let bits = u32::from_be_bytes(block);
                for place in 0..=three.len() {
                    let index = bits >> (18 - 6 * place) & 63;
                    out.push(char::from(ALPHABET[index as usize]));
                }
            }
            out.push('-');
        }
    }
    out
}

/// The reverse, for showing; what cannot be read is shown as it came.
fn decoded(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, from)) = rest.split_once('&') {
        out.push_str(before);
        let Some((code, after)) = from.split_once('-') else {
            return name.to_owned();
        };
        if code.is_empty() {
            out.push('&');
        } else {
            let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
            for byte in code.bytes() {
                let Some(value) = ALPHABET.iter().position(|known| *known == byte) else {
                    return name.to_owned();
                };
                bits = (bits << 6 | u32::try_from(value).unwrap_or(0)) & 0x00ff_ffff;
                held += 6;
                if held >= 8 {
                    held -= 8;
                    bytes.push((bits >> held & 0xff) as u8);
                }
            }
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            out.push_str(&String::from_utf16_lossy(&units));
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_modified_utf7_and_read_back() {
        // The example of RFC 3501 section 5.1.3.
        let name = "~peter/mail/台北/日本語";
        assert_eq!(encoded(name), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        for name in [name, "INBOX", "R&D", "Entwürfe", "📬 lists"] {
            assert_eq!(decoded(&encoded(name)), name);
        }
        assert_eq!(decoded("a&b"), "a&b");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(written("a\"b\\c\r\nLOGOUT"), "\"a\\\"b\\\\cLOGOUT\"");
    }
}
