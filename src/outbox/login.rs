//! Logging in to a submission server (RFC 4954).

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::dialogue::NoReply;
use super::reply::Reply;
use super::session::{COMMAND, Session, no_reply, refused};
use super::verdict::{Meaning, Step, verdict};
use super::{SmtpError, SmtpSettings};
use crate::secret::{Auth, Secret};

/// Bytes of a first answer that are said with AUTH itself. A command line has 512 (RFC 5321 section 4.5.3.1.4); what is
/// longer is said after the server's go-ahead, of which lines may have 12,288.
const WITH_THE_COMMAND: usize = 400;

/// Logs in.
///
/// # Errors
/// The server offers no way that fits, or refused.
pub(super) async fn log_in(
    session: &mut Session,
    settings: &SmtpSettings,
    username: &str,
    secret: &Secret,
) -> Result<(), SmtpError> {
    let endpoint = settings.endpoint();
    let mut ways = match settings.login.auth.token_answer(username, secret) {
        Some((mechanism, answer, end)) => vec![(mechanism, vec![answer], end.to_owned())],
        None => with_password(username, secret),
    };
    let wanted = match settings.login.auth {
        Auth::Password => "a login with a password",
        _ => ways.first().map_or("", |(mechanism, ..)| *mechanism),
    };
    ways.retain(|(mechanism, ..)| session.extensions.has_mechanism(mechanism));
    let mut reply = None;
    for (mechanism, answers, end) in ways {
        let said = exchange(session, mechanism, &answers, &end).await;
        let said = reply.insert(said.map_err(|error| no_reply(&endpoint, error))?);
        // A way that is offered and yet not known (504): another may be.
        if !(500..=504).contains(&said.code) {
            break;
        }
    }
    let Some(reply) = reply else {
        return Err(SmtpError::NoLogin {
            endpoint: endpoint.to_string(),
            wanted,
            offered: session.extensions.shown().join(", "),
        });
    };
    if reply.class() == 2 {
        return Ok(());
    }
    Err(match verdict(Step::Login, &reply) {
        Meaning::NeedsHand => SmtpError::Credentials {
            endpoint: endpoint.to_string(),
            username: username.to_owned(),
            key: settings.login.secret_key(),
            said: reply.to_string(),
        },
        _ => refused(Step::Login, "the login", &reply, &endpoint),
    })
}

/// A mechanism, the answers to its challenges, and what is said where it asks for one more.
type Way = (&'static str, Vec<String>, String);

/// Returns the ways of logging in with a password, the one with a standard first (RFC 4616).
fn with_password(username: &str, secret: &Secret) -> Vec<Way> {
    let plain = format!("\0{username}\0{}", secret.expose());
    // What LOGIN's prompts ask for is not read: in some language they ask for the name, and then for the password.
    let answers = vec![username.to_owned(), secret.expose().to_owned()];
    vec![
        // Asked for once more by servers that pass over what was said with the command.
        ("PLAIN", vec![plain.clone()], plain),
        ("LOGIN", answers, String::new()),
    ]
}

/// Says AUTH and the answers, one to each challenge. A token that is refused is told of in one more challenge, which `end`
/// answers before the reply comes (RFC 7628 section 3.2.3); a server that asks on even then is told to stop.
async fn exchange(
    session: &mut Session,
    mechanism: &str,
    answers: &[String],
    end: &str,
) -> Result<Reply, NoReply> {
    let answers: Vec<String> = answers
        .iter()
        .map(|answer| BASE64_STANDARD.encode(answer))
        .collect();
    let mut answers = answers.into_iter().peekable();
    let mut first = format!("AUTH {mechanism}");
    // LOGIN takes no answer with the command: it has no RFC, and many servers do not expect one.
    let fits = |answer: &String| mechanism != "LOGIN" && answer.len() <= WITH_THE_COMMAND;
    if let Some(answer) = answers.next_if(fits) {
        first = format!("{first} {answer}");
    }
    let mut reply = session.dialogue.command(&first, COMMAND).await?;
    let mut ends = [BASE64_STANDARD.encode(end), "*".to_owned()].into_iter();
    while reply.code == 334 {
        let Some(answer) = answers.next().or_else(|| ends.next()) else {
            break;
        };
        reply = session.dialogue.command(&answer, COMMAND).await?;
    }
    Ok(reply)
}
