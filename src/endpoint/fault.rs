//! Turns OpenSSL's words about a handshake into what is wrong and what to change. Its codes do not come through
//! native-tls, and its words differ by version: each row knows those of 1.1.1 to 3.5. What no row knows is shown whole.

use std::path::Path;

use super::Tls;

/// OpenSSL's words in lower case, any of which will do; and what they mean. `{host}`, `{trust}` and `{speak}` are filled
/// in. The words about a certificate stand before those about the handshake that it ended.
const FAULTS: [(&[&str], &str); 17] = [
    (
        &["hostname mismatch", "ip address mismatch"],
        "its certificate is not for `{host}`; set host to a name in the certificate",
    ),
    (
        &["certificate has expired"],
        "its certificate has expired, or one that vouches for it; the server needs a new one (or this machine's clock is wrong)",
    ),
    (
        &["not yet valid"],
        "its certificate is not valid yet; check this machine's clock",
    ),
    (
        &["certificate in certificate chain", "certificate in chain"],
        "its certificate is from a private authority; {trust}",
    ),
    (
        &["self-signed certificate", "self signed certificate"],
        "its certificate is self-signed; {trust}",
    ),
    (
        &["certificate signature failure"],
        "its certificate was signed by another authority than the one of that name in ca_file; put the new authority's certificate there",
    ),
    (
        &["unable to get local issuer", "unable to verify the first"],
        "its certificate leads to no authority that this machine knows: the server does not send its intermediate certificate (then it must), or its authority is private; {trust}",
    ),
    (
        &["unable to get issuer"],
        "its chain of certificates has no end that this machine knows; put the authority's own root certificate into ca_file, not an intermediate one",
    ),
    (
        &["certificate revoked"],
        "its certificate was revoked; the server needs a new one",
    ),
    (
        &["ee key too small", "ee certificate key too weak"],
        "its certificate's key is too short for this machine's security level; the server needs a new one, RSA with 2048 bits at least",
    ),
    (
        &["ca key too small", "ca certificate key too weak"],
        "the key of the authority that vouches for it is too short for this machine's security level; the server needs a certificate from another one",
    ),
    (
        &["md too weak", "digest algorithm too weak"],
        "its certificate is signed by a digest that is too weak for this machine's security level (SHA-1 or MD5); the server needs a new one",
    ),
    (
        &["dh key too small"],
        "its Diffie-Hellman key is too short for this machine's security level; the server must be updated",
    ),
    (
        &["unsafe legacy renegotiation"],
        "it knows only the renegotiation that is unsafe (before RFC 5746); the server must be updated",
    ),
    (
        &[
            "wrong version number",
            "packet length too long",
            "record layer failure",
            "unknown protocol",
            "http request",
        ],
        "{speak}",
    ),
    (
        &[
            "unsupported protocol",
            "protocol version",
            "version too low",
        ],
        "it offers no TLS 1.2 or newer; the server must be updated",
    ),
    (
        &["unrecognized name"],
        "it does not know the name `{host}`; set host to a name that it serves",
    ),
];

/// The same of what the server may say also after the handshake.
const ALERTS: [(&[&str], &str); 5] = [
    (
        &["certificate required", "alert bad certificate"],
        "it requires a client certificate, which nikkan does not give; use a server that requires none",
    ),
    (
        &["alert handshake failure", "insufficient security"],
        "it found no cipher in common with this machine, or requires a client certificate, which nikkan does not give; the server's log says more",
    ),
    (
        &["alert internal error"],
        "it broke TLS off with an internal error; the server's log says more",
    ),
    (
        &["access denied"],
        "it denied access in TLS; the server's log says more",
    ),
    (
        &["no renegotiation"],
        "it refused to go on with TLS (no renegotiation); the server's log says more",
    ),
];

/// What is said of a handshake that the server cut.
pub(super) const CLOSED_EARLY: &str = "it closed the connection in the middle of the TLS handshake";
/// What is said of a handshake in which the server fell silent.
pub(super) const STALLED: &str = "it did not go on with the handshake";

/// Words of a connection that ended, from OpenSSL and from the system.
const CLOSED: [&str; 6] = [
    "unexpected eof",
    "connection reset",
    "broken pipe",
    "connection aborted",
    "the ssl session has been shut down",
    "stream closed",
];

/// Says what ended a handshake, and what to change.
pub(super) fn in_handshake(said: &str, host: &str, tls: Tls, ca_file: Option<&Path>) -> String {
    let said = reasons(said);
    let lower = said.to_ascii_lowercase();
    let known = FAULTS
        .iter()
        .chain(&ALERTS)
        .find_map(|row| means(row, &lower));
    match known {
        Some(meant) => meant
            .replace("{host}", host)
            .replace("{trust}", &trust(ca_file))
            .replace("{speak}", speak(tls)),
        None if CLOSED.iter().any(|words| lower.contains(words)) => {
            format!("{CLOSED_EARLY}; if that lasts, check the keys port and tls")
        }
        None => said,
    }
}

/// Says what ended a connection after its handshake. In TLS 1.3 a server refuses a missing certificate only then.
pub(super) fn in_session(said: &str) -> String {
    let said = reasons(said);
    let lower = said.to_ascii_lowercase();
    let known = ALERTS.iter().find_map(|row| means(row, &lower));
    known.map_or(said, str::to_owned)
}

fn means(row: &(&[&str], &'static str), lower: &str) -> Option<&'static str> {
    let (words, meant) = row;
    words
        .iter()
        .any(|word| lower.contains(word))
        .then_some(meant)
}

fn trust(ca_file: Option<&Path>) -> String {
    match ca_file {
        None => "put the certificate to trust into a file and name it as ca_file".to_owned(),
        Some(path) => format!(
            "it is not in ca_file {}: put the certificate to trust there",
            path.display()
        ),
    }
}

fn speak(tls: Tls) -> &'static str {
    match tls {
        Tls::Starttls => {
            "it agreed to STARTTLS, and what followed is no TLS; the server is at fault, or a proxy in front of it"
        }
        _ => "it does not speak TLS on this port; set tls = \"starttls\" or another port",
    }
}

/// Takes the reasons out of OpenSSL's stack of errors, each of them
/// `error:0A000086:SSL routines:function:reason:file:line:data`. Other words are left as they are.
fn reasons(said: &str) -> String {
    let mut pieces = said.split("error:");
    let mut found: Vec<String> = Vec::new();
    let before = pieces.next().unwrap_or_default();
    for piece in pieces {
        let fields: Vec<&str> = piece.splitn(7, ':').collect();
        let [code, _, _, reason, _, _, data] = fields[..] else {
            return said.to_owned();
        };
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return said.to_owned();
        }
        let data = data.trim_matches([' ', ',', ':']);
        let words = format!("{reason} {data}").trim_end().to_owned();
        if !found.contains(&words) {
            found.push(words);
        }
    }
    if found.is_empty() {
        return said.to_owned();
    }
    let before = before.trim_matches([' ', ':']);
    if !before.is_empty() {
        found.insert(0, before.to_owned());
    }
    found.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssls_words_become_what_is_wrong_and_what_to_change() {
        let about = |said: &str| in_handshake(said, "mail.example", Tls::Implicit, None);
        for (said, words) in [
            ("x (Hostname mismatch)", "not for `mail.example`"),
            ("x (IP address mismatch)", "not for `mail.example`"),
            ("x (certificate has expired)", "has expired"),
            ("x (certificate is not yet valid)", "clock"),
            // 1.1.1, then 3.
            ("x (self signed certificate)", "is self-signed; put"),
            ("x (self-signed certificate)", "is self-signed; put"),
            (
                "x (self signed certificate in certificate chain)",
                "private authority; put",
            ),
            (
                "x (self-signed certificate in certificate chain)",
                "private authority; put",
            ),
            (
                "x (unable to get local issuer certificate)",
                "does not send its intermediate",
            ),
            (
                "x (unable to verify the first certificate)",
                "does not send its intermediate",
            ),
            (
                "x (unable to get issuer certificate)",
                "root certificate into ca_file",
            ),
            ("x (EE certificate key too weak)", "key is too short"),
            ("x (CA certificate key too weak)", "key of the authority"),
            ("x (CA signature digest algorithm too weak)", "SHA-1"),
            ("dh key too small", "Diffie-Hellman"),
            ("unsafe legacy renegotiation disabled", "RFC 5746"),
            // 1.1.1 to 3.1, then 3.2 and later.
            ("wrong version number", "set tls = \"starttls\""),
            ("packet length too long", "set tls = \"starttls\""),
            ("unsupported protocol", "TLS 1.2"),
            ("tlsv1 alert protocol version", "TLS 1.2"),
            (
                "tlsv1 unrecognized name",
                "does not know the name `mail.example`",
            ),
            ("tlsv13 alert certificate required", "client certificate"),
            ("sslv3 alert handshake failure", "no cipher in common"),
            ("ssl/tls alert handshake failure", "no cipher in common"),
            ("tlsv1 alert internal error", "internal error"),
            (
                "unexpected eof while reading",
                "in the middle of the TLS handshake",
            ),
            (
                "Connection reset by peer (os error 104)",
                "in the middle of the TLS handshake",
            ),
        ] {
            let told = about(said);
            assert!(told.contains(words), "{said}: {told}");
        }
        let told = in_handshake("wrong version number", "h", Tls::Starttls, None);
        assert!(told.contains("agreed to STARTTLS"), "{told}");
        let told = in_handshake(
            "(self-signed certificate)",
            "h",
            Tls::Implicit,
            Some(Path::new("/ca")),
        );
        assert!(
            told.ends_with("not in ca_file /ca: put the certificate to trust there"),
            "{told}"
        );
    }

    #[test]
    fn a_stack_of_errors_is_only_its_reasons_and_unknown_words_stay_whole() {
        let stack = "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1889:, error:0A000410:SSL routines:ssl3_read_bytes:novel failure:../ssl/record/rec_layer_s3.c:1586:SSL alert number 99 (new words)";
        let told = in_handshake(stack, "h", Tls::Implicit, None);
        assert_eq!(
            told,
            "certificate verify failed, novel failure SSL alert number 99 (new words)"
        );
        for odd in [
            "something else",
            "error:",
            "error:zz:b",
            "an error: of another kind",
            "",
        ] {
            assert_eq!(in_handshake(odd, "h", Tls::Implicit, None), odd);
        }
        let ended = in_session(
            "error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/record/rec_layer_s3.c:1586:SSL alert number 116",
        );
        assert!(
            ended.starts_with("it requires a client certificate"),
            "{ended}"
        );
        assert_eq!(
            in_session("Connection reset by peer"),
            "Connection reset by peer"
        );
    }
}
