//! List-server mail: what a list's server writes to a subscriber, in answer to a command (Mailman 3). It carries the
//! list's List-Id and announces nothing.
//!
//! A request for a confirmation is answered by a machine, so it is read strictly: what is not exactly as Mailman writes
//! it is [`CommandReply::Rejected`], with a reason for the log, and is never answered.

use memchr::memmem;

use super::addresses::addresses;
use crate::announcement::{List, Lists};
use crate::mail::text::strip_ignoring_case;
use crate::mail::{Field, Header, MAILMAN_ROLES, Message, only_address};

/// Tokens were 40 hexadecimal digits in every version so far; their length is not promised.
const TOKEN: std::ops::RangeInclusive<usize> = 8..=128;

/// The beginning of the subject of a request for a confirmation.
const ASKS: &str = "Your confirmation is needed to";
/// The subject of the answer to a command.
const RESULTS: &str = "The results of your email commands";

/// A mail of a list's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListServerMail {
    /// The list's short name.
    pub list: String,
    /// Its reply to a command.
    pub reply: CommandReply,
}

/// The reply of a list's server to the commands `join` and `leave`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandReply {
    /// The command is to be confirmed before it is carried out.
    ConfirmationRequest(ConfirmationRequest),
    /// The subscription began.
    Welcome,
    /// The subscription ended.
    Goodbye,
    /// The results of a command: that it is pending already, that the address is subscribed.
    Results,
    /// It wants to be a request for a confirmation, and is none to be answered: the reason.
    Rejected(String),
}

/// The request to confirm a join or a leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationRequest {
    /// True when it is about leaving, false when it is about joining.
    pub leave: bool,
    /// The token that has to come back: ASCII letters and digits.
    pub token: String,
    /// The addresses it was written to, in lower case.
    pub to: Vec<String>,
}

/// Parses a mail of one of `lists`' servers; `None` for every other message.
pub fn parse(header: &Header<'_>, lists: &Lists) -> Option<ListServerMail> {
    if !may_be_list_server_mail(header) {
        return None;
    }
    let from = header.first("from")?.text();
    let address = only_address(&from).unwrap_or_default();
    let (local, host) = address.rsplit_once('@').unwrap_or_default();
    let list = list_of(header, local, lists)?;
    let list_address = list.address();
    let (name, domain) = list_address.split_once('@')?;
    // What follows the list's name in the local part: `-request`, `-confirm+TOKEN`.
    let role = strip_ignoring_case(local, name).unwrap_or_default();
    let message = Message::from_header(header);
    let wants_answer = local.to_ascii_lowercase().contains("-confirm+")
        || message
            .subject
            .strip_prefix(ASKS)
            .is_some_and(|rest| rest.starts_with(' '));
    let reply = if wants_answer {
        check_genuine(header, &from, &list.id)
            .and_then(|()| confirmation_request(header, &message, address, role, &list_address))
            .map_or_else(CommandReply::Rejected, CommandReply::ConfirmationRequest)
    } else if host.eq_ignore_ascii_case(domain) {
        notice(role, &message.subject)?
    } else {
        // Nothing follows from notices but what is shown; a stranger's are messages like any other.
        return None;
    };
    Some(ListServerMail {
        list: list.name.clone(),
        reply,
    })
}

/// Looks at the two fields that tell whether a message may be of a list's server; of others nothing more is parsed.
fn may_be_list_server_mail(header: &Header<'_>) -> bool {
    let value = |name: &str| header.first(name).map_or(&b""[..], |field| field.value());
    let from = value("from").to_ascii_lowercase();
    let holds = |role: &str| memmem::find(&from, role.as_bytes()).is_some();
    // An encoded subject is not looked into here: Mailman's own are plain, but may be folded.
    let subject = value("subject").split(u8::is_ascii_whitespace);
    MAILMAN_ROLES.into_iter().any(holds)
        || ASKS.split(' ').eq(subject
            .filter(|word| !word.is_empty())
            .take(ASKS.split(' ').count())
            .map(|word| str::from_utf8(word).unwrap_or_default()))
}

/// Finds the list that the sender says to be, whatever its domain, or whose List-Id the mail carries.
fn list_of<'a>(header: &Header<'_>, local: &str, lists: &'a Lists) -> Option<&'a List> {
    let is_named = |list: &List| {
        let address = list.address();
        let name = address.split('@').next().unwrap_or_default();
        strip_ignoring_case(local, name).is_some_and(|role| role.starts_with('-'))
    };
    lists.find(is_named).or_else(|| {
        let id = header.first("list-id")?;
        lists.find(|list| id.holds_list_id(&list.id))
    })
}

/// Reads a notice by its sender's role and its subject. A list's digest comes from `-request` as well: what is not
/// known is read like any message.
fn notice(role: &str, subject: &str) -> Option<CommandReply> {
    match role.to_ascii_lowercase().as_str() {
        "-request" if subject.starts_with("Welcome to the \"") => Some(CommandReply::Welcome),
        "-bounces" if subject.starts_with("You have been unsubscribed from the ") => {
            Some(CommandReply::Goodbye)
        }
        "-request" | "-bounces" if subject == RESULTS => Some(CommandReply::Results),
        _ => None,
    }
}

/// Reads the request for a confirmation; the error says what is not as Mailman writes it.
fn confirmation_request(
    header: &Header<'_>,
    message: &Message,
    address: &str,
    role: &str,
    list_address: &str,
) -> Result<ConfirmationRequest, String> {
    let token = token_of(address, role, list_address)?;
    let leave = asks_to_leave(&message.subject, list_address)?;
    check_body(&message.text, token)?;
    Ok(ConfirmationRequest {
        leave,
        token: token.to_owned(),
        to: addresses(header, "to"),
    })
}

/// Reads the token in the sender's address: `LIST-confirm+TOKEN@DOMAIN`.
fn token_of<'a>(address: &str, role: &'a str, list_address: &str) -> Result<&'a str, String> {
    let (_, host) = address
        .rsplit_once('@')
        .filter(|(local, _)| !local.is_empty())
        .ok_or("its From is not one address")?;
    let domain = list_address.split('@').nth(1).unwrap_or_default();
    if !host.eq_ignore_ascii_case(domain) {
        return Err(format!("it comes from {host}, and the list is at {domain}"));
    }
    let token = strip_ignoring_case(role, "-confirm+").ok_or("there is no token in its From")?;
    if TOKEN.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(token)
    } else {
        Err("the token in its From is none".into())
    }
}

/// Reads the subject: true when it asks about leaving the list, false when about joining it.
fn asks_to_leave(subject: &str, list_address: &str) -> Result<bool, String> {
    let form = |verb: &str| format!("{ASKS} {verb} the {list_address} mailing list.");
    if subject.eq_ignore_ascii_case(&form("join")) {
        Ok(false)
    } else if subject.eq_ignore_ascii_case(&form("leave")) {
        Ok(true)
    } else {
        Err("its subject is not Mailman's".into())
    }
}

/// Refuses a body with another token: Mailman writes the command into it as well.
fn check_body(text: &str, token: &str) -> Result<(), String> {
    let mut commands = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("confirm "));
    if commands.all(|named| named.trim() == token) {
        Ok(())
    } else {
        Err("its body names another token than its From".into())
    }
}

/// Refuses a header whose identifying fields are not there once, or which a server on the way found forged.
fn check_genuine(header: &Header<'_>, from: &str, id: &str) -> Result<(), String> {
    for name in ["from", "subject", "list-id"] {
        if header.all(name).count() > 1 {
            return Err(format!("it has more than one {name} field"));
        }
    }
    if only_address(from).is_none() {
        return Err("its From is not one address".into());
    }
    let list_id = header.first("list-id");
    if list_id.is_some_and(|found| !found.holds_list_id(id)) {
        return Err("its List-Id is another list's".into());
    }
    // A pass can be written by anybody; a failure harms only whoever writes it (RFC 8601, section 7.1).
    let failed = |results: Field<'_>| {
        let words: String = results.text().split_whitespace().collect();
        words.to_ascii_lowercase().contains("dmarc=fail")
    };
    if header.all("authentication-results").any(failed) {
        return Err("the mail server found its sender forged (dmarc=fail)".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
