//! A header, parsed once: where each of its fields begins and ends. Nothing is copied; a field is asked for by its
//! name, and unfolded only then (RFC 5322 section 2.2).

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

/// Fields after the first MiB are not looked for: no header is as long, and a body without an empty line may be.
const LOOKED_AT: usize = 1024 * 1024;
/// Lists send some thirty fields.
const USUAL_FIELDS: usize = 40;

/// The header of a message, which also gives its body.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    message: &'a [u8],
    /// Where each field stands in the message, with its folded lines.
    fields: Vec<Range<usize>>,
    /// Offset of the body, after the empty line.
    body: usize,
}

/// One field of a header, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a>(&'a [u8]);

impl<'a> Header<'a> {
    /// Parses the header at the start of a message, or of anything that has its form, in one pass that ends with it.
    pub fn parse(message: &'a [u8]) -> Self {
        let looked_at = &message[..message.len().min(LOOKED_AT)];
        let mut fields = Vec::with_capacity(USUAL_FIELDS);
        let mut start = 0;
        let mut body = looked_at.len();
        for at in memchr_iter(b'\n', looked_at) {
            let end = at + 1;
            // An empty line is never folded: it ends the header.
            if matches!(&looked_at[start..at], b"" | b"\r") {
                (start, body) = (end, end);
                break;
            }
            if !matches!(looked_at.get(end), Some(b' ' | b'\t')) {
                fields.push(start..end);
                start = end;
            }
        }
        if start < body {
            fields.push(start..body);
        }
        Header {
            message,
            fields,
            body,
        }
    }

    /// The whole message.
    pub fn message(&self) -> &'a [u8] {
        self.message
    }

    /// The header's bytes, with the empty line that ends it.
    pub fn bytes(&self) -> &'a [u8] {
        &self.message[..self.body]
    }

    /// The bytes after the empty line that ends the header.
    pub fn body(&self) -> &'a [u8] {
        &self.message[self.body..]
    }

    /// The fields in their order. A line that is none, because it has no colon, is among them.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        let message = self.message;
        let spans = self.fields.iter();
        spans.map(move |span| Field(&message[span.clone()]))
    }

    /// The first field with this name, in any case.
    pub fn first(&self, name: &str) -> Option<Field<'a>> {
        self.fields().find(|field| field.is(name))
    }

    /// All fields with this name, in any case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Field<'a>> {
        self.fields().filter(move |field| field.is(name))
    }

    /// True when the message says that it is a delivery status notification (RFC 3464 section 2).
    pub fn is_delivery_report(&self) -> bool {
        self.all("content-type").any(|field| {
            let holds = |word: &[u8]| memmem::find(&field.0.to_ascii_lowercase(), word).is_some();
            holds(b"multipart/report") && holds(b"delivery-status")
        })
    }
}

impl<'a> Field<'a> {
    /// The whole field, with its name and its folded lines.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The name as written. Of a line without a colon, the line.
    pub fn name(&self) -> &'a [u8] {
        let end = memchr(b':', self.0).unwrap_or(self.0.len());
        self.0[..end].trim_ascii_end()
    }

    /// True when the field has this name, in any case. Blanks before the colon are tolerated (RFC 5322 section 4.5).
    pub fn is(&self, name: &str) -> bool {
        self.after(name).is_some()
    }

    /// The value as it stands, with the line ends of its folding.
    pub fn value(&self) -> &'a [u8] {
        memchr(b':', self.0).map_or(b"", |colon| &self.0[colon + 1..])
    }

    /// The value unfolded: without the line ends of its folding (RFC 5322 section 2.2.3), without blanks around it.
    /// Bytes that are no UTF-8 are replaced; encoded words stay encoded.
    pub fn text(&self) -> Cow<'a, str> {
        let folded = String::from_utf8_lossy(self.value().trim_ascii());
        if !folded.contains('\n') {
            return folded;
        }
        let mut lines = folded.split('\n');
        let mut text = String::with_capacity(folded.len());
        text.push_str(lines.next().unwrap_or_default().trim_end_matches('\r'));
        for line in lines {
            // A tab that began a line means no more than a blank.
            text.push(' ');
            text.push_str(line.get(1..).unwrap_or_default().trim_end_matches('\r'));
        }
        Cow::Owned(text)
    }

    /// True when the value of a `List-Id` holds this id between angle brackets, in any case (RFC 2919 section 3).
    pub fn holds_list_id(&self, id: &str) -> bool {
        let value = self.value();
        memchr_iter(b'<', value).any(|open| {
            let rest = &value[open + 1..];
            let end = rest.get(id.len());
            end == Some(&b'>') && rest[..id.len()].eq_ignore_ascii_case(id.as_bytes())
        })
    }

    fn after(&self, name: &str) -> Option<&'a [u8]> {
        let (start, rest) = self.0.split_at_checked(name.len())?;
        let is_named = start.eq_ignore_ascii_case(name.as_bytes());
        is_named.then(|| rest.trim_ascii_start().strip_prefix(b":"))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name_and_end_with_the_header() {
        let raw = b"Subject: a\r\n b\r\nfrom : x@y\r\nFrom: other\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n e\r\nContent-Type: e/f\r\n";
        let header = Header::parse(raw);
        let first = |name: &str| header.first(name).map(|field| field.value());
        assert_eq!(first("SUBJECT"), Some(&b" a\r\n b\r\n"[..]));
        assert_eq!(first("from"), Some(&b" x@y\r\n"[..]));
        assert_eq!(header.all("content-type").count(), 2);
        assert_eq!(first("to"), None);
        assert_eq!(header.body(), b" e\r\nContent-Type: e/f\r\n");
        assert_eq!([header.bytes(), header.body()].concat(), raw);
    }

    #[test]
    fn a_header_may_be_all_there_is_or_nothing() {
        for raw in ["", "\n", "\r\n"] {
            let header = Header::parse(raw.as_bytes());
            assert_eq!((header.fields().count(), header.body()), (0, &b""[..]));
        }
        let header = Header::parse(b"\nFrom: x@y\n");
        assert_eq!(
            (header.first("from"), header.body()),
            (None, &b"From: x@y\n"[..])
        );
        let header = Header::parse(b"a: b\nno field\nlast: c\n d");
        let names: Vec<_> = header.fields().map(|field| field.name()).collect();
        assert_eq!(names, [&b"a"[..], b"no field", b"last"]);
        assert_eq!(header.first("last").unwrap().text(), "c d");
    }

    #[test]
    fn folding_is_undone_and_nothing_else() {
        let text = |raw: &str| {
            Header::parse(raw.as_bytes())
                .first("x")
                .map(|field| field.text().into_owned())
        };
        assert_eq!(text("X:  a  b \r\n").as_deref(), Some("a  b"));
        assert_eq!(
            text("X:\r\n a\r\n\tb\n   c\r\n").as_deref(),
            Some("a b   c")
        );
        assert_eq!(text("X:\n"), Some(String::new()));
    }

    #[test]
    fn a_header_without_an_end_is_not_searched_for_ever() {
        let raw = "a: b\n".repeat(LOOKED_AT / 5 + 10);
        let header = Header::parse(raw.as_bytes());
        assert_eq!(header.bytes().len(), LOOKED_AT);
        assert_eq!(header.body().len(), raw.len() - LOOKED_AT);
    }

    #[test]
    fn a_list_id_stands_between_brackets() {
        let holds = |raw: &str| {
            let header = Header::parse(raw.as_bytes());
            header
                .first("list-id")
                .is_some_and(|field| field.holds_list_id("a.b"))
        };
        assert!(holds("List-Id: \"x <y>\"\r\n <A.b>\r\n"));
        assert!(!holds("List-Id: <a.b.c>\r\n"));
        assert!(!holds("List-Id: a.b\r\n"));
        assert!(!holds("List-Id: <a.b"));
    }

    #[test]
    fn delivery_reports_say_so() {
        let is = |raw: &str| Header::parse(raw.as_bytes()).is_delivery_report();
        assert!(is(
            "Content-Type: multipart/Report;\r\n\treport-type=delivery-status\r\n\r\n"
        ));
        assert!(!is(
            "Content-Type: multipart/report; report-type=disposition-notification\r\n\r\n"
        ));
        assert!(!is(
            "\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\n"
        ));
    }
}
