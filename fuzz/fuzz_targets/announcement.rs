//! Reads each input three times: as it is, mapped into the alphabet of headers, so that the fuzzer gets past the first
//! line, and as the body of a message whose subject must come out of it. Nothing may panic or hang, and what was read can
//! be written as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nikkan::announcement::{self, Announcement, Lists};
use nikkan::correspondence::{bounce_report, leave_request, list_server};
use nikkan::mail::{Header, Message};

const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzADFIRSTW0123456789-:;=\"<>()[]@./? \t\r\n_";

/// Forms in which a body may come; the first byte of the input chooses.
const FORMS: [&str; 9] = [
    "text/plain; charset=utf-8",
    "text/html",
    "multipart/mixed; boundary=b",
    "multipart/digest; boundary=b",
    "message/rfc822",
    "text/plain\r\nContent-Transfer-Encoding: base64",
    "text/plain; charset=cp50220",
    "text/plain; charset=unicode-1-1-utf-7",
    "text/plain; charset=hz-gb-2312\r\nContent-Transfer-Encoding: quoted-printable",
];

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mapped: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 64)]).collect();
    read(&mapped);
    if let Some((first, body)) = bytes.split_first() {
        let form = FORMS[usize::from(*first) % FORMS.len()];
        let mut raw = format!("Subject: still here\r\nContent-Type: {form}\r\n\r\n").into_bytes();
        raw.extend_from_slice(body);
        assert!(read(&raw).iter().any(|one| one.subject == "still here"));
    }
});

fn read(bytes: &[u8]) -> Vec<Announcement> {
    let header = Header::parse(bytes);
    let _ = list_server::parse(&header, &Lists::built_in());
    let _ = bounce_report::parse(&header);
    let _ = leave_request::parse(&header);
    let found = announcement::parse(&Message::from_header(&header), None, &Lists::built_in());
    assert!(!found.is_empty());
    for one in &found {
        let identity = one.identity(bytes);
        assert!(!identity.is_empty());
        assert!(!one.subject.contains(['\r', '\n']));
        assert!(serde_json::to_string(one).is_ok());
    }
    found
}
