//! TLS of the years: certificates that are renewed, expire and change, servers that are too old or ask for too much, and
//! handshakes that go wrong. Each is put right after a while, and the watcher goes on by itself.

use std::time::Duration;

use openssl::ssl::SslVersion;

use crate::lab::certificates::{Authority, Chain, Profile, self_signed_chain};
use crate::lab::scripted_imap::{Act, At};
use crate::lab::tls_front::{Before, Client, Conduct, Turn};
use crate::run::{Case, Lab, case};

/// Refused once or twice, with waits of 1 s and 2 s.
const REFUSED: Duration = Duration::from_secs(15);
/// Silent once: the wait for an answer is 10 s, and handshakes take their time where many are played side by side.
const SILENT: Duration = Duration::from_secs(30);

/// The missed message is there when the watcher comes; the first connection is served badly, then all is well.
fn once(lab: &Lab, bad: Turn) {
    lab.front().play([bad, lab.front().sound()]);
    lab.deliver();
}

fn rsa() -> Profile<'static> {
    Profile {
        rsa: Some(2048),
        ..Profile::host("localhost")
    }
}

/// The session that idles ends, and the next connections are served like this.
fn next(lab: &Lab, turns: Vec<Turn>) {
    lab.front().play(turns);
    lab.deliver_into(At::Idling, Act::Close);
}

fn expired(lab: &Lab) -> Turn {
    lab.front().issued(&Profile {
        valid: (-30, -1),
        ..Profile::host("localhost")
    })
}

fn ca_file_changes(lab: &Lab, chain: Chain, pem: Vec<u8>) {
    let path = lab.front().ca_file();
    lab.front().after(lab.front().connections() + 1, move || {
        std::fs::write(path, pem).unwrap();
    });
    next(lab, vec![Turn::with(chain)]);
}

/// Certificates over the years.
pub fn certificates() -> Vec<Case> {
    vec![
        case(
            "certificate renewed",
            "while connected; the session ends later",
            REFUSED,
        )
        .then(|lab| next(lab, vec![lab.front().sound()])),
        case(
            "certificate expires",
            "while connected: the session lives on",
            REFUSED,
        )
        .then(|lab| {
            lab.front().play([expired(lab)]);
            lab.deliver();
        }),
        case(
            "certificate expired",
            "the session ends, then it is renewed",
            REFUSED,
        )
        .then(|lab| next(lab, vec![expired(lab), lab.front().sound()]))
        .sees(&["its certificate has expired"]),
        case(
            "certificate expired, STARTTLS",
            "the same after STARTTLS",
            REFUSED,
        )
        .behind("starttls")
        .then(|lab| {
            let starttls = |turn| Turn {
                before: Before::ImapStarttls,
                ..turn
            };
            next(
                lab,
                vec![starttls(expired(lab)), starttls(lab.front().sound())],
            );
        })
        .sees(&["its certificate has expired"]),
        case("certificate ends soon", "in three days", REFUSED)
            .before(|lab| {
                lab.front().play([lab.front().issued(&Profile {
                    valid: (-30, 3),
                    ..Profile::host("localhost")
                })]);
                lab.deliver();
            })
            .sees(&["its certificate ends soon"]),
        case(
            "certificate not yet valid",
            "from tomorrow; then one of today",
            REFUSED,
        )
        .before(|lab| {
            once(
                lab,
                lab.front().issued(&Profile {
                    valid: (1, 30),
                    ..Profile::host("localhost")
                }),
            );
        })
        .sees(&["not valid yet; check this machine's clock"]),
        case("certificate of another host", "then of this one", REFUSED)
            .before(|lab| once(lab, lab.front().issued(&Profile::host("mail.example"))))
            .sees(&["its certificate is not for `localhost`"]),
        case(
            "another authority",
            "its root comes into ca_file later, without a restart",
            REFUSED,
        )
        .then(|lab| {
            let authority = Authority::named("new root");
            let chain = authority.issue(&Profile::host("localhost"));
            ca_file_changes(lab, chain, authority.certificate().to_pem().unwrap());
        })
        .sees(&["its authority is private; it is not in ca_file"]),
        case(
            "authority renewed",
            "of the same name, with another key",
            REFUSED,
        )
        .then(|lab| {
            let authority = Authority::new();
            let chain = authority.issue(&Profile::host("localhost"));
            ca_file_changes(lab, chain, authority.certificate().to_pem().unwrap());
        })
        .sees(&["another authority than the one of that name in ca_file"]),
        case(
            "self-signed from now on",
            "it comes into ca_file later",
            REFUSED,
        )
        .then(|lab| {
            let chain = self_signed_chain();
            let pem = chain.certificates[0].to_pem().unwrap();
            ca_file_changes(lab, chain, pem);
        })
        .sees(&["its certificate is self-signed"]),
        case("intermediate not sent", "then it is", REFUSED)
            .before(|lab| {
                let between = lab.front().authority.intermediate("between");
                let alone = Turn::with(between.issue(&Profile::host("localhost")));
                let mut whole = alone.clone();
                whole.chain.certificates.push(between.certificate().clone());
                lab.front().play([alone, whole]);
                lab.deliver();
            })
            .sees(&["the server does not send its intermediate certificate"]),
        case("key of 1024 bits", "then a curve's", REFUSED)
            .before(|lab| {
                once(
                    lab,
                    lab.front().issued(&Profile {
                        rsa: Some(1024),
                        ..rsa()
                    }),
                );
            })
            .sees(&["its certificate's key is too short"]),
        case("signed with SHA-1", "then with SHA-256", REFUSED)
            .before(|lab| {
                once(
                    lab,
                    lab.front().issued(&Profile {
                        sha1: true,
                        ..rsa()
                    }),
                );
            })
            .sees(&["a digest that is too weak"]),
    ]
    .into_iter()
    .map(implicit)
    .collect()
}

/// Handshakes that go wrong.
pub fn handshakes() -> Vec<Case> {
    vec![
        case("TLS 1.1 only", "then up to 1.3", REFUSED)
            .before(|lab| {
                once(
                    lab,
                    Turn {
                        newest: Some(SslVersion::TLS1_1),
                        ..lab.front().issued(&rsa())
                    },
                );
            })
            .sees(&["it offers no TLS 1.2 or newer"]),
        case("TLS 1.2 only", "all the time", REFUSED).before(|lab| {
            lab.front().play([Turn {
                newest: Some(SslVersion::TLS1_2),
                ..lab.front().sound()
            }]);
            lab.deliver();
        }),
        case("Diffie-Hellman of 1024 bits", "then a curve", REFUSED)
            .before(|lab| {
                once(
                    lab,
                    Turn {
                        weak_group: true,
                        ..lab.front().issued(&rsa())
                    },
                );
            })
            .sees(&["its Diffie-Hellman key is too short"]),
        case("server that requires SNI", "no name, no TLS", REFUSED).before(|lab| {
            lab.front().play([Turn {
                needs_name: true,
                ..lab.front().sound()
            }]);
            lab.deliver();
        }),
        case("client certificate asked for", "and not required", REFUSED).before(|lab| {
            lab.front().play([Turn {
                client: Client::Asked,
                ..lab.front().sound()
            }]);
            lab.deliver();
        }),
        case(
            "client certificate required",
            "TLS 1.3: refused after the handshake",
            REFUSED,
        )
        .before(|lab| {
            once(
                lab,
                Turn {
                    client: Client::Required,
                    ..lab.front().sound()
                },
            );
        })
        .sees(&["it requires a client certificate"]),
        case(
            "client certificate required, TLS 1.2",
            "refused in the handshake",
            REFUSED,
        )
        .before(|lab| {
            once(
                lab,
                Turn {
                    client: Client::Required,
                    newest: Some(SslVersion::TLS1_2),
                    ..lab.front().sound()
                },
            );
        })
        .sees(&["requires a client certificate"]),
        case(
            "handshake closed",
            "after the client's first bytes",
            REFUSED,
        )
        .before(|lab| {
            once(
                lab,
                Turn {
                    conduct: Conduct::Close,
                    ..lab.front().sound()
                },
            );
        })
        .sees(&["closed the connection in the middle of the TLS handshake"]),
        case("handshake stalls", "not one byte of the server's", SILENT)
            .before(|lab| {
                once(
                    lab,
                    Turn {
                        conduct: Conduct::Stall,
                        ..lab.front().sound()
                    },
                );
            })
            .sees(&["it did not go on with the handshake within 10 s"]),
        case(
            "TLS, and then no greeting",
            "a dead machine behind a balancer",
            SILENT,
        )
        .before(|lab| {
            once(
                lab,
                Turn {
                    conduct: Conduct::Mute,
                    ..lab.front().sound()
                },
            );
        })
        .sees(&["did not answer within 10 s"]),
        case(
            "clear text on the port for TLS",
            "`* OK` instead of TLS",
            REFUSED,
        )
        .before(|lab| {
            once(
                lab,
                Turn {
                    conduct: Conduct::Say("* OK ready\r\n"),
                    ..lab.front().sound()
                },
            );
        })
        .sees(&["it does not speak TLS on this port; set tls = \"starttls\""]),
        case(
            "TLS on the port for clear text",
            "silent until the client begins TLS",
            SILENT,
        )
        .behind("starttls")
        .before(|lab| {
            let starttls = Turn {
                before: Before::ImapStarttls,
                ..lab.front().sound()
            };
            let silent = Turn {
                conduct: Conduct::Stall,
                ..starttls.clone()
            };
            lab.front().play([silent, starttls]);
            lab.deliver();
        })
        .sees(&["set tls = \"implicit\""]),
        case("end without TLS's goodbye", "in IDLE", REFUSED)
            .before(|lab| {
                lab.front().play([
                    Turn {
                        truncates: true,
                        ..lab.front().sound()
                    },
                    lab.front().sound(),
                ]);
            })
            .then(|lab| lab.deliver_into(At::Idling, Act::Close))
            .sees(&["session lost"]),
    ]
    .into_iter()
    .map(implicit)
    .collect()
}

fn implicit(mut case: Case) -> Case {
    case.tls.get_or_insert("implicit");
    case
}
