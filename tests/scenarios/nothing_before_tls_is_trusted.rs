//! What a server or a stranger on the way says before TLS counts for nothing, and a TLS that is too old or that nobody
//! vouches for is none.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;

use nikkan::mailbox::{self, MailboxSettings};
use openssl::ssl::{Ssl, SslContext, SslFiletype, SslMethod, SslStream, SslVersion};

use crate::lab::certificates::{Authority, Identity, self_signed};
use crate::lab::dovecot::Dovecot;

fn settings(port: u16, tls: &str, ca: &Path) -> MailboxSettings {
    toml::from_str(&format!(
        "host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nusername = \"reader\"\npassword = \"hidden\"\n\
         ca_file = {ca:?}\n"
    ))
    .unwrap()
}

/// A server that speaks to one client as `talk` says.
fn server<T: Send + 'static>(
    talk: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || talk(listener.accept().unwrap().0));
    (port, thread)
}

/// TLS as a server, not older and not newer than these versions.
fn accept(
    stream: TcpStream,
    identity: &Identity,
    newest: SslVersion,
) -> Result<SslStream<TcpStream>, String> {
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    // OpenSSL itself keeps old versions away unless told otherwise.
    context.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    context
        .set_min_proto_version(Some(SslVersion::TLS1))
        .unwrap();
    context.set_max_proto_version(Some(newest)).unwrap();
    context
        .set_certificate_file(&identity.certificate, SslFiletype::PEM)
        .unwrap();
    context
        .set_private_key_file(&identity.key, SslFiletype::PEM)
        .unwrap();
    let ssl = Ssl::new(&context.build()).unwrap();
    let mut stream = SslStream::new(ssl, stream).unwrap();
    stream.accept().map_err(|error| error.to_string())?;
    Ok(stream)
}

/// Greets and reads up to STARTTLS; the tag.
fn up_to_starttls(stream: &TcpStream) -> String {
    let mut stream = stream;
    stream
        .write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] hello\r\n")
        .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    let (tag, command) = line.trim().split_once(' ').unwrap();
    assert_eq!(command, "STARTTLS");
    tag.to_owned()
}

#[tokio::test]
async fn what_was_said_before_tls_is_asked_again_under_it() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, ca) = (Authority::new(), folder.path().join("ca.pem"));
    authority.write(&ca);
    let identity = authority.sign(folder.path(), "localhost", 10);
    let (port, thread) = server(move |mut stream| {
        let tag = up_to_starttls(&stream);
        stream
            .write_all(format!("{tag} OK go\r\n").as_bytes())
            .unwrap();
        let mut reader = BufReader::new(accept(stream, &identity, SslVersion::TLS1_3).unwrap());
        let mut heard = Vec::new();
        for answer in [
            "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n",
            "+ \r\n",
        ] {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let (tag, command) = line.trim().split_once(' ').unwrap();
            heard.push(command.to_owned());
            let answer = answer.replace("{tag}", tag);
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
        heard
    });
    mailbox::probe(&settings(port, "starttls", &ca))
        .await
        .unwrap_err();
    // The greeting's LOGINDISABLED and its mechanism are forgotten.
    assert_eq!(thread.join().unwrap(), ["CAPABILITY", "AUTHENTICATE PLAIN"]);
}

#[tokio::test]
async fn bytes_injected_before_tls_end_the_session() {
    let ca = tempfile::NamedTempFile::new().unwrap();
    Authority::new().write(ca.path());
    let (port, thread) = server(|mut stream| {
        let tag = up_to_starttls(&stream);
        let injected = format!("{tag} OK go\r\n* OK [ALERT] send your password to me\r\n");
        stream.write_all(injected.as_bytes()).unwrap();
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
        rest
    });
    let error = mailbox::probe(&settings(port, "starttls", ca.path()))
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(said.contains("which must not be trusted"), "{said}");
    assert_eq!(thread.join().unwrap(), b"", "no handshake, no password");
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_password() {
    let ca = tempfile::NamedTempFile::new().unwrap();
    Authority::new().write(ca.path());
    let (port, thread) = server(|mut stream| {
        let tag = up_to_starttls(&stream);
        stream
            .write_all(format!("{tag} BAD unknown\r\n").as_bytes())
            .unwrap();
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
        rest
    });
    let error = mailbox::probe(&settings(port, "starttls", ca.path()))
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(said.contains("does not offer STARTTLS"), "{said}");
    assert_eq!(thread.join().unwrap(), b"");
}

#[tokio::test]
async fn tls_before_1_2_is_refused_by_name() {
    for (version, taken) in [
        (SslVersion::TLS1, false),
        (SslVersion::TLS1_1, false),
        (SslVersion::TLS1_2, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (authority, ca) = (Authority::new(), folder.path().join("ca.pem"));
        authority.write(&ca);
        let identity = authority.sign(folder.path(), "localhost", 10);
        let (port, thread) =
            server(move |stream| accept(stream, &identity, version).map(|_closed| ()));
        let error = mailbox::probe(&settings(port, "implicit", &ca))
            .await
            .unwrap_err();
        let said = error.to_string();
        assert_eq!(thread.join().unwrap().is_ok(), taken, "{said}");
        assert_eq!(
            said.contains("it offers no TLS 1.2 or newer"),
            !taken,
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_refused_by_name_and_taken_as_ca_file() {
    let folder = tempfile::tempdir().unwrap();
    let identity = self_signed(folder.path());
    let dovecot = Dovecot::start_with(Some(&identity));
    let other = folder.path().join("other.pem");
    Authority::new().write(&other);
    let mut settings = settings(dovecot.tls_port, "implicit", &other);
    settings.login.password = Some(nikkan::secret::Secret::new(crate::lab::dovecot::PASSWORD));
    let said = mailbox::probe(&settings).await.unwrap_err().to_string();
    assert!(said.contains("its certificate is self-signed"), "{said}");
    settings.server.ca_file = Some(identity.certificate);
    mailbox::probe(&settings).await.unwrap();
}

/// Greets, and answers line by line; what was heard.
fn converse(stream: impl std::io::Read + Write, greeting: &str, answers: &[&str]) -> Vec<String> {
    let mut reader = BufReader::new(stream);
    reader.get_mut().write_all(greeting.as_bytes()).unwrap();
    let mut heard = Vec::new();
    for answer in answers {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let (tag, command) = line.trim().split_once(' ').unwrap_or_default();
        heard.push(command.to_owned());
        let answer = answer.replace("{tag}", tag);
        reader.get_mut().write_all(answer.as_bytes()).unwrap();
    }
    heard
}

/// Two lines in one segment, and no login.
const PREAUTH: &str = "* PREAUTH you are in\r\n* OK [ALERT] hello\r\n";
const ANSWERS: [&str; 4] = [
    "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n* OK still here\r\n",
    "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n",
    "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n{tag} OK done\r\n",
    "* BYE bye\r\n{tag} OK bye\r\n",
];
const HEARD: [&str; 4] = ["CAPABILITY", "CAPABILITY", "EXAMINE \"INBOX\"", "LOGOUT"];

#[tokio::test]
async fn a_server_that_holds_us_for_logged_in_gets_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, ca) = (Authority::new(), folder.path().join("ca.pem"));
    authority.write(&ca);
    let identity = authority.sign(folder.path(), "localhost", 10);
    let (port, thread) = server(move |stream| {
        let stream = accept(stream, &identity, SslVersion::TLS1_3).unwrap();
        converse(stream, PREAUTH, &ANSWERS)
    });
    let probed = mailbox::probe(&settings(port, "implicit", &ca))
        .await
        .unwrap();
    assert_eq!(probed.folders[0].messages, 0);
    assert_eq!(thread.join().unwrap(), HEARD);
    // A tunnel to the server ends on this machine, and needs no TLS.
    let (port, thread) = server(|stream| converse(stream, PREAUTH, &ANSWERS));
    mailbox::probe(&settings(port, "none", &ca)).await.unwrap();
    assert_eq!(thread.join().unwrap(), HEARD);
}

#[tokio::test]
async fn preauth_before_tls_is_refused() {
    let ca = tempfile::NamedTempFile::new().unwrap();
    Authority::new().write(ca.path());
    let (port, thread) = server(|mut stream| {
        stream.write_all(PREAUTH.as_bytes()).unwrap();
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
        rest
    });
    let error = mailbox::probe(&settings(port, "starttls", ca.path())).await;
    let said = error.unwrap_err().to_string();
    assert!(
        said.contains("PREAUTH before TLS, which must not be trusted"),
        "{said}"
    );
    assert_eq!(thread.join().unwrap(), b"");
}

#[tokio::test]
async fn capabilities_told_around_starttls_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, ca) = (Authority::new(), folder.path().join("ca.pem"));
    authority.write(&ca);
    let identity = authority.sign(folder.path(), "localhost", 10);
    let (port, thread) = server(move |mut stream| {
        let tag = up_to_starttls(&stream);
        let told = format!(
            "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n\r\n* OK wait\r\n{tag} ok  [CAPABILITY IMAP4rev1 LOGINDISABLED] go\r\n"
        );
        stream.write_all(told.as_bytes()).unwrap();
        let stream = accept(stream, &identity, SslVersion::TLS1_3).unwrap();
        let mut answers = ANSWERS.to_vec();
        answers[0] = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n";
        answers.splice(1..1, ["+ \r\n", "A0001 OK in\r\n"]);
        converse(stream, "", &answers)
    });
    mailbox::probe(&settings(port, "starttls", &ca))
        .await
        .unwrap();
    let heard = thread.join().unwrap();
    assert_eq!(heard[..2], ["CAPABILITY", "AUTHENTICATE PLAIN"]);
}
