//! Opens a session: the server's greeting, the login, the capabilities after it. No step waits without a limit.

use std::collections::BTreeSet;

use async_imap::imap_proto::{Capability, Response, ResponseCode};
use async_imap::{Authenticator, Client, Session as ImapSession};

use super::greeting;
use super::read_timeout::within_read_timeout;
use super::session::{ImapStream, Session, SessionLimits};
use super::session_status::SessionStatus;
use super::watcher_handle::Phase;
use super::{ImapError, MailboxSettings};
use crate::endpoint::Endpoint;
use crate::secret::{Auth, Secret};

/// Opens a session and logs in.
pub(super) async fn open_session(
    settings: &MailboxSettings,
    status: SessionStatus,
) -> Result<Session, ImapError> {
    let endpoint = settings.endpoint();
    let source = settings.login.secret()?;
    let limits = SessionLimits::of(settings);
    let (process, limit) = (settings.in_process.as_ref(), limits.step_timeout);
    let mut opened = greeting::connect_and_greet(&endpoint, process, limit, &status).await?;
    let offered = opened.capabilities().await?;
    // A server that greets with PREAUTH knows no login; the library's one never reaches it.
    let (mechanism, secret) = if opened.logged_in() {
        ("LOGIN", Secret::new(""))
    } else {
        let mechanism = mechanism(settings, &endpoint, &offered)?;
        status.enter(Phase::Authenticating, mechanism);
        // Read anew at each login: tokens expire, passwords change.
        (mechanism, source.read().await?)
    };
    let (expires, logged_in) = (opened.certificate_expires(), opened.logged_in());
    let (stream, received) = opened.guarded()?;
    let login = log_in(Client::new(stream), settings, mechanism, &secret, logged_in);
    let imap = within_read_timeout(&received, &status, limits.step_timeout, login)
        .await
        .ok_or_else(|| ImapError::Endpoint(endpoint.silent(limits.step_timeout)))?
        .map_err(|error| login_error(error, settings, &endpoint))?;
    let mut session = Session::new(imap, received, limits, status, offered);
    session.certificate_expires = expires;
    ask_capabilities_and_identify(&mut session).await?;
    Ok(session)
}

/// Chooses how to log in: the name of a SASL mechanism, or `LOGIN`. Fails when the server does not offer what `auth` asks for.
fn mechanism(
    settings: &MailboxSettings,
    endpoint: &Endpoint,
    offered: &BTreeSet<String>,
) -> Result<&'static str, ImapError> {
    let unsupported = |name: &'static str| {
        let known: Vec<&str> = offered
            .iter()
            .filter_map(|word| word.strip_prefix("AUTH="))
            .collect();
        ImapError::NoLogin {
            endpoint: endpoint.to_string(),
            wanted: name,
            offered: if known.is_empty() {
                "nothing else".into()
            } else {
                known.join(", ")
            },
        }
    };
    // A server that tells nothing may still know it.
    let offers =
        |name: &'static str| offered.is_empty() || offered.contains(&format!("AUTH={name}"));
    match settings.login.auth {
        Auth::Xoauth2 if offers("XOAUTH2") => Ok("XOAUTH2"),
        Auth::Xoauth2 => Err(unsupported("XOAUTH2")),
        Auth::Oauthbearer if offers("OAUTHBEARER") => Ok("OAUTHBEARER"),
        Auth::Oauthbearer => Err(unsupported("OAUTHBEARER")),
        // The command LOGIN sends a quoted string, which cannot carry every password; these can (RFC 4616, and the
        // mechanism of that name, which has no RFC and is all that some servers offer).
        Auth::Password if offered.contains("AUTH=PLAIN") => Ok("PLAIN"),
        Auth::Password if offered.contains("AUTH=LOGIN") => Ok("AUTH=LOGIN"),
        Auth::Password if offered.contains("LOGINDISABLED") => {
            Err(unsupported("logging in with a password"))
        }
        Auth::Password => Ok("LOGIN"),
    }
}

/// The answers of a SASL exchange (RFC 4422), one to each challenge in turn; whatever follows is an error text, and is
/// answered with what ends the attempt.
struct SaslAnswers(std::vec::IntoIter<String>, &'static str);

impl Authenticator for SaslAnswers {
    type Response = Vec<u8>;

    fn process(&mut self, _challenge: &[u8]) -> Vec<u8> {
        let next = self.0.next();
        next.map_or_else(|| self.1.into(), String::into_bytes)
    }
}

/// Authenticates by SASL, or by the command LOGIN.
async fn log_in(
    client: Client<ImapStream>,
    settings: &MailboxSettings,
    mechanism: &'static str,
    secret: &Secret,
    logged_in: bool,
) -> Result<ImapSession<ImapStream>, async_imap::error::Error> {
    let (user, password) = (&settings.login.username, secret.expose());
    let token = match logged_in {
        true => None,
        false => settings.login.auth.token_answer(user, secret),
    };
    let (name, answers, end) = match (token, mechanism) {
        (Some((name, answer, end)), _) => (name, vec![answer], end),
        (None, "PLAIN") => ("PLAIN", vec![format!("\0{user}\0{password}")], ""),
        (None, "AUTH=LOGIN") => ("LOGIN", vec![user.to_owned(), password.to_owned()], ""),
        _ => {
            let session = client.login(user, password).await;
            return session.map_err(|(error, _client)| error);
        }
    };
    let answers = SaslAnswers(answers.into_iter(), end);
    let session = client.authenticate(name, answers).await;
    session.map_err(|(error, _client)| error)
}

/// Tells a wrong password from a server that is busy: the second must not be treated as the first, or the account is
/// left alone for an hour for nothing.
fn login_error(
    error: async_imap::error::Error,
    settings: &MailboxSettings,
    endpoint: &Endpoint,
) -> ImapError {
    use async_imap::error::Error as Imap;
    let said = match &error {
        Imap::No(said) | Imap::Bad(said) => server_words(said),
        _ => return ImapError::lost(error),
    };
    if is_busy(&said) {
        return ImapError::Later {
            endpoint: endpoint.to_string(),
            said,
        };
    }
    ImapError::Credentials {
        endpoint: endpoint.to_string(),
        username: settings.login.username.clone(),
        key: settings.login.secret_key(),
        said,
    }
}

/// Returns true when a refused login says that the server has no time, rather than that the password is wrong (RFC 5530
/// names codes for both; many servers only use words).
fn is_busy(said: &str) -> bool {
    let said = said.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let refused = [
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "INVALID CREDENTIALS",
    ];
    let busy = [
        "[UNAVAILABLE]",
        "[LIMIT]",
        "[INUSE]",
        "[SERVERBUG]",
        "TOO MANY",
        "MAXIMUM NUMBER",
        "UNAVAILABLE",
        "NOT CONNECTED",
        "TRY AGAIN",
        "TRY LATER",
        "TEMPORAR",
    ];
    !has(&refused) && has(&busy)
}

/// Takes the server's words out of an error of async-imap, which gives them as `code: None, info: Some("…")`.
fn server_words(said: &str) -> String {
    let words = said
        .split_once("info: Some(\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"))
        .unwrap_or(said);
    let words = words.replace("\\\"", "\"");
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// Asks for the capabilities once more, since many servers offer more after the login, and says who we are, since
/// some want to know before they open a folder (RFC 2971). Survives a server that can do neither.
async fn ask_capabilities_and_identify(session: &mut Session) -> Result<(), ImapError> {
    let mut found = BTreeSet::new();
    let asked = session
        .run_command("CAPABILITY", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                found.extend(list.iter().map(name_of));
            }
            if let Response::Done { outcome, .. } = response
                && let Some(ResponseCode::Capabilities(list)) = &outcome.code
            {
                found.extend(list.iter().map(name_of));
            }
        })
        .await;
    ignore_refusal(asked)?;
    if !found.is_empty() {
        session.capabilities = found;
    }
    if session.offers("ID") {
        const ID: &str = concat!(
            "ID (\"name\" \"nikkan\" \"version\" \"",
            env!("CARGO_PKG_VERSION"),
            "\")"
        );
        ignore_refusal(session.run_command("ID", ID, |_| {}).await)?;
    }
    Ok(())
}

/// Turns a refusal into success.
fn ignore_refusal(asked: Result<(), ImapError>) -> Result<(), ImapError> {
    match asked {
        Err(ImapError::Refused { .. }) => Ok(()),
        other => other,
    }
}

/// Returns a capability as it is written, in upper case.
fn name_of(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".into(),
        Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_are_found_in_the_librarys() {
        assert_eq!(
            server_words("code: None, info: Some(\"wrong password\")"),
            "wrong password"
        );
        assert_eq!(server_words("something else"), "something else");
    }

    #[test]
    fn a_busy_server_is_told_from_a_wrong_password() {
        for busy in [
            "[ALERT] Too many simultaneous connections. (Failure)",
            "[UNAVAILABLE] Temporary authentication failure.",
            "[LIMIT] Maximum number of connections from user+IP exceeded",
            "User is authenticated but not connected.",
        ] {
            assert!(is_busy(busy), "{busy}");
        }
        for wrong in [
            "[AUTHENTICATIONFAILED] Authentication failed.",
            "[ALERT] Application-specific password required (Failure)",
            "[AUTHENTICATIONFAILED] temporarily blocked, try again",
            "LOGIN failed.",
        ] {
            assert!(!is_busy(wrong), "{wrong}");
        }
    }
}
