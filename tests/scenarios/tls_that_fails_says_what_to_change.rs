//! What goes wrong with TLS over the years, in the words that an operator can act upon, the same for both servers and both
//! ways into TLS.

use nikkan::mailbox::{self, MailboxSettings};
use nikkan::outbox::{self, SmtpSettings};
use openssl::ssl::SslVersion;

use crate::lab::certificates::{Authority, Profile, self_signed_chain};
use crate::lab::scripted_imap::{PASSWORD, ScriptedImap};
use crate::lab::scripted_smtp;
use crate::lab::scripted_smtp::ScriptedSmtp;
use crate::lab::tls_front::{Before, Client, Conduct, TlsFront, Turn};

/// A server behind TLS; the front before it is told what to do.
struct Server {
    front: TlsFront,
    host: &'static str,
    ca_file: bool,
}

impl Server {
    fn keys(&self, starttls: bool) -> String {
        let tls = if starttls { "starttls" } else { "implicit" };
        let (host, port) = (self.host, self.front.port);
        let ca_file = match self.ca_file {
            true => format!("ca_file = {:?}\n", self.front.ca_file()),
            false => String::new(),
        };
        format!("host = \"{host}\"\nport = {port}\ntls = \"{tls}\"\n{ca_file}")
    }

    async fn imap(&self, starttls: bool) -> Result<Option<jiff::Timestamp>, String> {
        let settings: MailboxSettings = toml::from_str(&format!(
            "{}username = \"reader\"\npassword = \"{PASSWORD}\"\nidle_refresh = \"30s\"\n",
            self.keys(starttls)
        ))
        .unwrap();
        let probed = mailbox::probe(&settings).await;
        probed
            .map(|probe| probe.certificate_expires)
            .map_err(|error| error.to_string())
    }

    async fn smtp(&self, starttls: bool) -> Result<Option<jiff::Timestamp>, String> {
        let settings: SmtpSettings = toml::from_str(&self.keys(starttls)).unwrap();
        let probed = outbox::probe(&settings).await;
        probed
            .map(|probe| probe.certificate_expires)
            .map_err(|error| error.to_string())
    }
}

/// Both servers, in clear text for the front to stand before.
async fn servers() -> (Server, Server, ScriptedImap, ScriptedSmtp) {
    let imap = ScriptedImap::start().await;
    let smtp = ScriptedSmtp::start(&[scripted_smtp::Turn::Accept]);
    let behind = |port| Server {
        front: TlsFront::start(port),
        host: "localhost",
        ca_file: true,
    };
    (behind(imap.port), behind(smtp.port), imap, smtp)
}

/// The words about a turn are these, for IMAP and SMTP, implicit and after STARTTLS.
async fn told(make: impl Fn(&TlsFront) -> Turn, words: &[&str]) {
    let (imap, smtp, _imap, _smtp) = servers().await;
    for starttls in [false, true] {
        let turn = |front: &TlsFront, before| Turn {
            before: if starttls { before } else { Before::Nothing },
            ..make(front)
        };
        imap.front.play([turn(&imap.front, Before::ImapStarttls)]);
        smtp.front.play([turn(&smtp.front, Before::SmtpStarttls)]);
        for said in [imap.imap(starttls).await, smtp.smtp(starttls).await] {
            let said = said.unwrap_err();
            for word in words {
                assert!(said.contains(word), "no `{word}`: {said}");
            }
            assert!(!said.contains("SSL routines"), "OpenSSL's own form: {said}");
            assert!(
                said.contains("localhost:") && said.contains(" (127.0.0.1)"),
                "{said}"
            );
        }
    }
}

fn host(name: &str) -> Profile<'_> {
    Profile::host(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_over_or_has_not_begun() {
    let over = |front: &TlsFront| {
        front.issued(&Profile {
            valid: (-30, -1),
            ..host("localhost")
        })
    };
    told(
        over,
        &[
            "no TLS with localhost:",
            "(127.0.0.1): its certificate has expired",
            "clock",
        ],
    )
    .await;
    let early = |front: &TlsFront| {
        front.issued(&Profile {
            valid: (1, 30),
            ..host("localhost")
        })
    };
    told(
        early,
        &["its certificate is not valid yet; check this machine's clock"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name() {
    let other = |front: &TlsFront| front.issued(&host("mail.example"));
    told(other, &["its certificate is not for `localhost`; set host"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_not_in_ca_file() {
    let other = |_: &TlsFront| {
        let authority = Authority::new().intermediate("another root");
        Turn::with(authority.issue(&host("localhost")))
    };
    told(
        other,
        &[
            "does not send its intermediate certificate",
            "it is not in ca_file /",
        ],
    )
    .await;
    let renewed = |_: &TlsFront| Turn::with(Authority::new().issue(&host("localhost")));
    told(
        renewed,
        &["another authority than the one of that name in ca_file"],
    )
    .await;
    let whole = |_: &TlsFront| {
        let root = Authority::named("another root");
        let intermediate = root.intermediate("between");
        let mut turn = Turn::with(intermediate.issue(&host("localhost")));
        let more = [intermediate.certificate(), root.certificate()];
        turn.chain.certificates.extend(more.into_iter().cloned());
        turn
    };
    told(whole, &["private authority"]).await;
    let alone = |_: &TlsFront| Turn::with(self_signed_chain());
    told(
        alone,
        &["its certificate is self-signed; it is not in ca_file /"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intermediate_certificate_that_is_not_sent_or_is_all_there_is() {
    let (imap, _smtp, _imap, _) = servers().await;
    let intermediate = imap.front.authority.intermediate("between");
    let mut turn = Turn::with(intermediate.issue(&host("localhost")));
    imap.front.play([turn.clone()]);
    let said = imap.imap(false).await.unwrap_err();
    assert!(
        said.contains("the server does not send its intermediate certificate"),
        "{said}"
    );
    turn.chain
        .certificates
        .push(intermediate.certificate().clone());
    imap.front.play([turn]);
    imap.imap(false).await.unwrap();
    // Read anew at each connection: an intermediate one alone is no end of the chain.
    intermediate.write(&imap.front.ca_file());
    let said = imap.imap(false).await.unwrap_err();
    assert!(
        said.contains("the authority's own root certificate into ca_file"),
        "{said}"
    );
    imap.front.authority.write(&imap.front.ca_file());
    imap.imap(false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_that_ca_file_names_is_trusted() {
    let (imap, smtp, _imap, _smtp) = servers().await;
    let chain = self_signed_chain();
    for server in [&imap, &smtp] {
        std::fs::write(
            server.front.ca_file(),
            chain.certificates[0].to_pem().unwrap(),
        )
        .unwrap();
        server.front.play([Turn::with(chain.clone())]);
    }
    imap.imap(false).await.unwrap();
    smtp.smtp(false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_renewed_shows_its_new_end() {
    let (imap, _smtp, _imap, _) = servers().await;
    let first = imap.imap(false).await.unwrap().unwrap();
    imap.front.play([imap.front.issued(&Profile {
        valid: (-1, 90),
        ..host("localhost")
    })]);
    let second = imap.imap(false).await.unwrap().unwrap();
    let days = second.duration_since(first).as_hours() / 24;
    assert!((59..=60).contains(&days), "{days}");
}

#[tokio::test(flavor = "multi_thread")]
async fn protocols_keys_and_digests_that_are_too_old() {
    let old = |newest| {
        move |front: &TlsFront| Turn {
            newest: Some(newest),
            ..front.issued(&Profile {
                rsa: Some(2048),
                ..host("localhost")
            })
        }
    };
    told(old(SslVersion::TLS1), &["it offers no TLS 1.2 or newer"]).await;
    told(old(SslVersion::TLS1_1), &["it offers no TLS 1.2 or newer"]).await;
    let short = |front: &TlsFront| {
        front.issued(&Profile {
            rsa: Some(1024),
            ..host("localhost")
        })
    };
    told(short, &["its certificate's key is too short"]).await;
    let sha1 = |front: &TlsFront| {
        front.issued(&Profile {
            sha1: true,
            ..host("localhost")
        })
    };
    told(sha1, &["a digest that is too weak"]).await;
    let group = |front: &TlsFront| Turn {
        weak_group: true,
        ..front.issued(&Profile {
            rsa: Some(2048),
            ..host("localhost")
        })
    };
    told(group, &["its Diffie-Hellman key is too short"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_that_is_asked_for_or_required() {
    let (imap, smtp, _imap, _smtp) = servers().await;
    for server in [&imap, &smtp] {
        server.front.play([Turn {
            client: Client::Asked,
            ..server.front.sound()
        }]);
    }
    imap.imap(false).await.unwrap();
    smtp.smtp(false).await.unwrap();
    for newest in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let required = |front: &TlsFront| Turn {
            client: Client::Required,
            newest: Some(newest),
            ..front.sound()
        };
        told(
            required,
            &["client certificate, which nikkan does not give"],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_many_names_is_told_which_and_an_address_is_none() {
    let (mut imap, _smtp, _imap, _) = servers().await;
    let needs = |imap: &Server| {
        imap.front.play([Turn {
            needs_name: true,
            ..imap.front.sound()
        }]);
    };
    needs(&imap);
    imap.imap(false).await.unwrap();
    imap.host = "127.0.0.1";
    let said = imap.imap(false).await.unwrap_err();
    assert!(
        said.contains("it does not know the name `127.0.0.1`; set host"),
        "{said}"
    );
    assert!(!said.contains("(127.0.0.1)"), "{said}");
    assert_eq!(imap.front.named(), [Some("localhost".into()), None]);
    imap.front.play([imap.front.sound()]);
    imap.imap(false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_is_closed() {
    let closed = |front: &TlsFront| Turn {
        conduct: Conduct::Close,
        ..front.sound()
    };
    told(
        closed,
        &["it closed the connection in the middle of the TLS handshake"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_text_where_tls_was_expected() {
    let (imap, smtp, _imap, _smtp) = servers().await;
    let say = |front: &TlsFront, words| {
        front.play([Turn {
            conduct: Conduct::Say(words),
            ..front.sound()
        }]);
    };
    say(&imap.front, "* OK ready\r\n");
    say(&smtp.front, "220 ready\r\n");
    for said in [imap.imap(false).await, smtp.smtp(false).await] {
        let said = said.unwrap_err();
        assert!(
            said.contains("it does not speak TLS on this port; set tls = \"starttls\""),
            "{said}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tls_where_clear_text_was_expected_and_a_handshake_that_stalls() {
    // Both are silent, and time is paused: it goes on when nobody has anything to do.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    for (tls, words) in [
        ("starttls", "it said nothing in clear text within"),
        ("implicit", "it did not go on with the handshake within"),
    ] {
        let keys = format!("host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\n");
        let smtp: SmtpSettings = toml::from_str(&keys).unwrap();
        let said = outbox::probe(&smtp).await.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
        let imap = format!("{keys}username = \"reader\"\npassword = \"x\"\n");
        let imap: MailboxSettings = toml::from_str(&imap).unwrap();
        let said = mailbox::probe(&imap).await.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    silent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_that_is_being_replaced() {
    let (imap, smtp, _imap, _smtp) = servers().await;
    for server in [&imap, &smtp] {
        std::fs::write(server.front.ca_file(), "").unwrap();
    }
    for said in [imap.imap(false).await, smtp.smtp(false).await] {
        let said = said.unwrap_err();
        assert!(
            said.contains("it holds no certificate in PEM form"),
            "{said}"
        );
    }
    imap.front.authority.write(&imap.front.ca_file());
    imap.imap(false).await.unwrap();
}
