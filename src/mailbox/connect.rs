//! Opens a session: the server's greeting, the login, the capabilities after it. No step waits without a limit.

use std::collections::BTreeSet;

use async_imap::imap_proto::{Capability, Response, ResponseCode};

use super::refusal::RefusalKind;
use super::session::{Session, SessionLimits};
use super::session_status::SessionStatus;
use super::watcher_handle::Phase;
use super::{ImapError, MailboxSettings, greeting, sasl};
use crate::endpoint::Endpoint;
use crate::secret::{Auth, LastSecret};

/// Opens a session and logs in. An error carries what the server said before it.
pub(super) async fn open_session(
    settings: &MailboxSettings,
    status: SessionStatus,
) -> Result<Session, ImapError> {
    status.begin_command();
    let opened = open(settings, status.clone()).await;
    opened.map_err(|error| explained(error, status.last_words(), settings))
}

/// Adds the server's last words to an error that has none, or lets them tell what it is: some say why they refuse, and
/// then close the connection or say nothing more.
fn explained(error: ImapError, words: Option<String>, settings: &MailboxSettings) -> ImapError {
    let refused = |said: &str| {
        let (endpoint, key) = (settings.endpoint().to_string(), settings.login.secret_key());
        ImapError::login_refused(&endpoint, &settings.login.username, key, said, true)
    };
    match (error, words) {
        (ImapError::Later { said, .. }, _) => refused(&said),
        (ImapError::Lost(_) | ImapError::Endpoint(_), Some(words))
            if RefusalKind::meaning_of(&words).is_some() =>
        {
            refused(&words)
        }
        (error @ ImapError::Endpoint(_), Some(words)) => {
            ImapError::lost(format!("{error}; the server said: {words}"))
        }
        (error, _) => error,
    }
}

/// Waits until there is another password or token than `last`, where the failure was about that; else for ever.
pub(super) async fn another_secret(
    settings: &MailboxSettings,
    last: LastSecret,
    error: &ImapError,
) {
    match settings.login.secret() {
        Ok(source) if error.is_about_the_secret() => last.becomes_another(&source).await,
        _ => std::future::pending().await,
    }
}

async fn open(settings: &MailboxSettings, status: SessionStatus) -> Result<Session, ImapError> {
    let endpoint = settings.endpoint();
    let source = settings.login.secret()?;
    let limits = SessionLimits::of(settings);
    let (process, limit) = (settings.in_process.as_ref(), limits.step_timeout);
    let mut opened = greeting::connect_and_greet(&endpoint, process, limit, &status).await?;
    let offered = opened.capabilities().await?;
    // A server that greets with PREAUTH knows no login (RFC 9051 section 7.1.4).
    let login = match opened.logged_in() {
        true => None,
        false => {
            let mechanism = mechanism(settings, &endpoint, &offered)?;
            status.enter(Phase::Authenticating, mechanism);
            // Read anew at each login: tokens expire, passwords change.
            Some((mechanism, status.secret.read(&source).await?))
        }
    };
    let expires = opened.certificate_expires();
    let (stream, received) = opened.guarded()?;
    let mut session = Session::new(stream, received, limits, status, offered);
    session.status.logins.add();
    if let Some((mechanism, secret)) = login {
        sasl::log_in(&mut session, settings, mechanism, &secret).await?;
        session.status.secret.works();
    }
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
