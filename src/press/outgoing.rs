//! Puts every mail together that leaves: a digest, a notice to the operator, a command to a list. Its header is written
//! here and nowhere else, so that no kind of mail lacks a field that another has. `To` stands apart, with each recipient: nobody
//! sees who else gets it.

use jiff::Timestamp;
use lettre::message::header::{
    ContentType, Date, Header, HeaderName, HeaderValue, Headers, Subject,
};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use super::phrase;
use super::transfer::{date_field, shortest};
use crate::archive::{MailObject, Recipient};
use crate::mail::comparable_address;

/// Asks Exchange for no receipts and no automatic replies. `All` would also keep back the reports of what was not delivered
/// (MS-OXCMAIL, section 2.1.3.2.20).
const SUPPRESS: &str = "DR, RN, NRN, OOF, AutoReply";

/// What a mail's own field `Auto-Submitted` says (RFC 3834, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Written by a machine by itself.
    Generated,
    /// Written by a machine in answer to a mail.
    Replied,
    /// Asked for by a person.
    Asked,
}

/// A mail before it is put together.
pub(super) struct Outgoing {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) reply_to: Option<Mailbox>,
    pub(super) subject: String,
    pub(super) date: Timestamp,
    /// Without brackets.
    pub(super) message_id: String,
    pub(super) origin: Origin,
    /// Fields of this kind of mail alone; a value that is folded already stands in the second place.
    pub(super) fields: Vec<HeaderValue>,
}

impl Outgoing {
    /// Puts a mail of plain text together.
    pub(super) fn plain(self, text: String) -> MailObject {
        self.with_body(&part(ContentType::TEXT_PLAIN, text).formatted())
    }

    /// Puts a mail together whose text and HTML say the same.
    pub(super) fn alternative(self, boundary: String, text: String, html: String) -> MailObject {
        let body = MultiPart::alternative()
            .boundary(boundary)
            .singlepart(part(ContentType::TEXT_PLAIN, text))
            .singlepart(part(ContentType::TEXT_HTML, html));
        self.with_body(&body.formatted())
    }

    /// Writes the header in front of a body that begins with its own fields.
    fn with_body(self, body: &[u8]) -> MailObject {
        let mut headers = Headers::new();
        for value in self.fields {
            headers.insert_raw(value);
        }
        headers.insert_raw(address_field("From", &self.from));
        if let Some(reply_to) = &self.reply_to {
            headers.insert_raw(address_field("Reply-To", reply_to));
        }
        headers.set(Subject::from(self.subject));
        headers.insert_raw(Date::from(date_field(self.date)).display());
        headers.insert_raw(field("Message-ID", format!("<{}>", self.message_id)));
        let origin = match self.origin {
            Origin::Generated => Some("auto-generated"),
            Origin::Replied => Some("auto-replied"),
            Origin::Asked => None,
        };
        if let Some(origin) = origin {
            headers.insert_raw(field("Auto-Submitted", origin.to_owned()));
            headers.insert_raw(field("X-Auto-Response-Suppress", SUPPRESS.to_owned()));
        }
        headers.insert_raw(field("MIME-Version", "1.0".to_owned()));
        let mut bytes = headers.to_string().into_bytes();
        bytes.extend_from_slice(body);
        MailObject {
            message_id: self.message_id,
            sender: self.from.email.to_string(),
            recipients: self
                .to
                .into_iter()
                .map(|to| Recipient {
                    // In the form in which a reader is known again.
                    address: comparable_address(to.email.as_ref()),
                    sender: None,
                    own: format!("To: {}\r\n", phrase::mailbox(&to)).into_bytes(),
                })
                .collect(),
            bytes,
        }
    }
}

/// Makes a field of words.
pub(super) fn field(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Makes a field whose value is ASCII and folded already.
pub(super) fn folded(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.replace("\r\n", ""),
        value,
    )
}

/// Makes a field of one address.
fn address_field(name: &'static str, address: &Mailbox) -> HeaderValue {
    folded(name, phrase::mailbox(address))
}

/// Makes one body. Never as it is, even when the text is short ASCII lines: a trailing space or a line that begins with
/// `From ` survives every relay.
fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).body(shortest(text))
}
