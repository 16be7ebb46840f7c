//! How answers are written and arguments are read.

use super::model::Message;

/// A FETCH line for what was asked.
pub fn rendered(number: usize, uid: u32, message: &Message, items: &str) -> Vec<u8> {
    let mut out = format!(
        "* {number} FETCH (UID {uid} INTERNALDATE \"28-Nov-2025 09:05:37 +0000\" RFC822.SIZE {}",
        message.size()
    )
    .into_bytes();
    let mut literal = |name: &str, bytes: &[u8]| {
        out.extend_from_slice(format!(" {name} {{{}}}\r\n", bytes.len()).as_bytes());
        out.extend_from_slice(bytes);
    };
    if let Some((_, rest)) = items.split_once("BODY.PEEK[]<0.") {
        let most = rest.split('>').next().unwrap().parse().unwrap();
        literal("BODY[]<0>", &message.first(most));
    } else if items.contains("BODY.PEEK[]") {
        literal("BODY[]", &message.first(usize::MAX));
    } else if let Some((_, rest)) = items.split_once("BODY.PEEK[HEADER.FIELDS (") {
        let names = rest.split(')').next().unwrap();
        let fields = message.fields(names);
        literal(&format!("BODY[HEADER.FIELDS ({names})]"), &fields);
    } else if items.contains("BODY.PEEK[HEADER]") {
        literal("BODY[HEADER]", message.header());
    }
    out.extend_from_slice(b")\r\n");
    out
}

/// The last string of `"…" "…"`, without quotes.
pub fn unquoted(text: &str) -> String {
    let inner = text.trim().strip_suffix('"').unwrap_or(text);
    let start = inner
        .rfind(" \"")
        .map_or_else(|| inner.find('"').map_or(0, |at| at + 1), |at| at + 2);
    inner[start..].replace("\\\"", "\"").replace("\\\\", "\\")
}
