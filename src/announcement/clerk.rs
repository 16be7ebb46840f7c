//! What a list's server writes to a subscriber: the request for a confirmation, the welcome, the goodbye (Mailman 3).
//! They carry the list's List-Id and announce nothing.
//!
//! A confirmation is answered by a machine, so it is read strictly: what is not exactly as Mailman writes it is
//! [`Word::Dubious`], with a reason for the log, and is never answered.

use memchr::memmem;

use super::header::{Glance, fields_of, header_end};
use super::{Lists, message};

/// Tokens were 40 hexadecimal digits in every version so far; their length is not promised.
const TOKEN: std::ops::RangeInclusive<usize> = 8..=128;

/// How the subject of a request for a confirmation begins.
const ASKS: &str = "Your confirmation is needed to";
/// The subject of the answer to a command.
const RESULTS: &str = "The results of your email commands";

/// A mail of a list's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clerk {
    /// The list's short name.
    pub list: String,
    /// What it says.
    pub word: Word,
}

/// What a list's server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// An answer is asked for, before a request is carried out.
    Confirm(Confirmation),
    /// The subscription began.
    Welcome,
    /// The subscription ended.
    Goodbye,
    /// How a command went: that a request is pending already, that the address is subscribed.
    Results,
    /// It wants to be a confirmation, and is not one to be answered: why.
    Dubious(String),
}

/// The request to confirm a join or a leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Whether it is about leaving; else about joining.
    pub leave: bool,
    /// What has to come back: ASCII letters and digits.
    pub token: String,
    /// Whom it was written to, in lower case.
    pub to: Vec<String>,
}

/// Whether a message may be of a list's server; of others nothing more is looked at.
fn may_be(glance: &Glance<'_>) -> bool {
    const ROLES: [&str; 3] = ["-confirm+", "-request@", "-bounces@"];
    let from = glance.from.to_ascii_lowercase();
    let holds = |role: &str| memmem::find(&from, role.as_bytes()).is_some();
    // An encoded subject is not looked into here: Mailman's own are plain, but may be folded.
    let subject = glance.subject.split(u8::is_ascii_whitespace);
    ROLES.into_iter().any(holds)
        || ASKS.split(' ').eq(subject
            .filter(|word| !word.is_empty())
            .take(ASKS.split(' ').count())
            .map(|word| str::from_utf8(word).unwrap_or_default()))
}

/// Reads a mail of one of `lists`' servers; `None` for every other message.
pub fn clerk(raw: &[u8], lists: &Lists) -> Option<Clerk> {
    if !may_be(&Glance::at(raw)) {
        return None;
    }
    let header = raw.get(..header_end(raw)).unwrap_or_default();
    let fields = Fields(fields_of(header).collect());
    let from = fields.first("from")?;
    let address = only_address(&from).unwrap_or_default();
    let (local, host) = address.rsplit_once('@').unwrap_or_default();
    // Whom it says it is, whatever its domain, or whose List-Id it carries.
    let list = lists
        .find(|list| {
            let name = list.address();
            let name = name.split('@').next().unwrap_or_default();
            let start = local.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
                && local[name.len()..].starts_with('-')
        })
        .or_else(|| {
            let id = fields.first("list-id")?.to_ascii_lowercase();
            lists.find(|list| id.contains(&format!("<{}>", list.id.to_ascii_lowercase())))
        })?;
    let address = list.address();
    let (name, domain) = address.split_once('@')?;
    let role = local
        .get(..name.len())
        .filter(|start| start.eq_ignore_ascii_case(name))
        .map_or("", |start| &local[start.len()..]);
    let message = message::open(raw);
    let said = |word| {
        Some(Clerk {
            list: list.name.clone(),
            word,
        })
    };
    let wants_answer = local.to_ascii_lowercase().contains("-confirm+")
        || message
            .subject
            .starts_with("Your confirmation is needed to ");
    if !wants_answer {
        // Nothing follows from these but what is shown; a stranger's are messages like any other.
        if !host.eq_ignore_ascii_case(domain) {
            return None;
        }
        let subject = message.subject;
        return match role.to_ascii_lowercase().as_str() {
            "-request" if subject.starts_with("Welcome to the \"") => said(Word::Welcome),
            "-bounces" if subject.starts_with("You have been unsubscribed from the ") => {
                said(Word::Goodbye)
            }
            "-request" | "-bounces" if subject == RESULTS => said(Word::Results),
            // A list's digest comes from `-request` as well; what is not known is read like any message.
            _ => None,
        };
    }
    let read = fields
        .are_genuine(&from, &list.id)
        .and_then(|()| token_of(local, host, role, domain))
        .and_then(|token| {
            let leave = leaves(&message.subject, &address)?;
            in_body(&message.text, token)?;
            Ok(Confirmation {
                leave,
                token: token.to_owned(),
                to: fields.recipients(),
            })
        });
    said(read.map_or_else(Word::Dubious, Word::Confirm))
}

/// The token, where it stands in the sender's address: `LIST-confirm+TOKEN@DOMAIN`.
fn token_of<'a>(
    local: &'a str,
    host: &str,
    role: &'a str,
    domain: &str,
) -> Result<&'a str, String> {
    if local.is_empty() {
        return Err("its From is not one address".into());
    }
    if !host.eq_ignore_ascii_case(domain) {
        return Err(format!("it comes from {host}, and the list is at {domain}"));
    }
    let token = role
        .get(.."-confirm+".len())
        .filter(|mark| mark.eq_ignore_ascii_case("-confirm+"))
        .map(|mark| &role[mark.len()..])
        .ok_or("there is no token in its From")?;
    if TOKEN.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(token)
    } else {
        Err("the token in its From is none".into())
    }
}

/// Whether the subject asks about leaving.
fn leaves(subject: &str, address: &str) -> Result<bool, String> {
    let form =
        |verb: &str| format!("Your confirmation is needed to {verb} the {address} mailing list.");
    if subject.eq_ignore_ascii_case(&form("join")) {
        Ok(false)
    } else if subject.eq_ignore_ascii_case(&form("leave")) {
        Ok(true)
    } else {
        Err("its subject is not Mailman's".into())
    }
}

/// Mailman writes the command into the body as well; one with another token is not its.
fn in_body(text: &str, token: &str) -> Result<(), String> {
    let mut commands = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("confirm "));
    if commands.all(|named| named.trim() == token) {
        Ok(())
    } else {
        Err("its body names another token than its From".into())
    }
}

/// The one address of a field, without what stands around it; `None` where there are several, or a route, or an address
/// that hides behind another one in the display name.
fn only_address(field: &str) -> Option<&str> {
    let field = field.trim();
    let address = match (field.find('<'), field.strip_suffix('>')) {
        (Some(start), Some(inside)) => &inside[start + 1..],
        (None, None) => field,
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]:;,\\\"".contains(c);
    let one = field.matches('@').count() == 1 && address.contains('@');
    (one && address.chars().all(plain)).then_some(address)
}

/// A header's fields.
struct Fields<'a>(Vec<&'a [u8]>);

impl Fields<'_> {
    /// The values of a field, unfolded.
    fn all(&self, name: &str) -> Vec<String> {
        let value = |field: &&[u8]| {
            let (start, rest) = field.split_at_checked(name.len())?;
            let value = start
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| rest.trim_ascii_start().strip_prefix(b":"))??;
            let text = String::from_utf8_lossy(value);
            Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        self.0.iter().filter_map(value).collect()
    }

    fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// Whether the fields that identify the sender are there once, and no server on the way found them forged.
    fn are_genuine(&self, from: &str, id: &str) -> Result<(), String> {
        for name in ["from", "subject", "list-id"] {
            if self.all(name).len() > 1 {
                return Err(format!("it has more than one {name} field"));
            }
        }
        if only_address(from).is_none() {
            return Err("its From is not one address".into());
        }
        let foreign = |list: &String| {
            let list = list.to_ascii_lowercase();
            !list.contains(&format!("<{}>", id.to_ascii_lowercase()))
        };
        if self.first("list-id").as_ref().is_some_and(foreign) {
            return Err("its List-Id is another list's".into());
        }
        // A pass can be written by anybody; a failure harms only whoever writes it (RFC 8601, section 7.1).
        let failed = |results: &String| {
            let results = results.to_ascii_lowercase();
            results.replace(' ', "").contains("dmarc=fail")
        };
        if self.all("authentication-results").iter().any(failed) {
            return Err("the mail server found its sender forged (dmarc=fail)".into());
        }
        Ok(())
    }

    /// The addresses in `To`.
    fn recipients(&self) -> Vec<String> {
        let to = self.all("to").join(",").to_ascii_lowercase();
        let words = to.split([' ', ',', '<', '>', '"']);
        words
            .filter(|word| word.contains('@'))
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests;
