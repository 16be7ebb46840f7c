//! Logs in by SASL (RFC 4422, in IMAP by RFC 9051 section 6.2.2) or by the command LOGIN, and tells what a refusal means.

use async_imap::imap_proto::{Response, Status};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::session::{CommandStep, Session};
use super::{ImapError, MailboxSettings, folder, server_words};
use crate::secret::Secret;

/// Challenges that one exchange may have; the longest honest one has three.
const CHALLENGES: usize = 8;

/// Logs in with `mechanism`, a name of SASL, or `LOGIN` for the command.
pub(super) async fn log_in(
    session: &mut Session,
    settings: &MailboxSettings,
    mechanism: &'static str,
    secret: &Secret,
) -> Result<(), ImapError> {
    let (user, password) = (&settings.login.username, secret.expose());
    let token = settings.login.auth.token_answer(user, secret);
    let (command, answers, end) = match (token, mechanism) {
        (Some((name, answer, end)), _) => (name, vec![answer], Some(end)),
        (None, "PLAIN") => ("PLAIN", vec![format!("\0{user}\0{password}")], None),
        (None, "AUTH=LOGIN") => ("LOGIN", vec![user.clone(), password.to_owned()], None),
        _ => ("", Vec::new(), None),
    };
    let command = match command {
        "" => format!(
            "LOGIN {} {}",
            folder::in_quotes(user),
            folder::in_quotes(password)
        ),
        name => format!("AUTHENTICATE {name}"),
    };
    let mut bad = false;
    let ended = exchange(session, &command, answers, end, &mut bad).await;
    ended.map_err(|error| match error {
        ImapError::Refused { said, .. } => {
            let endpoint = settings.endpoint().to_string();
            let key = settings.login.secret_key();
            ImapError::login_refused(&endpoint, user, key, &said, bad)
        }
        other => other,
    })
}

/// Runs one exchange: an answer to each challenge in turn. What a challenge says is not read, since some servers write
/// `+ go ahead`. One too many is the error of a token, and is answered with `end`; without that the exchange is
/// cancelled. `bad` is set where the server's answer is BAD.
async fn exchange(
    session: &mut Session,
    command: &str,
    answers: Vec<String>,
    mut end: Option<&'static str>,
    bad: &mut bool,
) -> Result<(), ImapError> {
    let mut answers = answers.into_iter();
    let mut told = None;
    let tag = session.send(command).await?;
    for _ in 0..CHALLENGES {
        let see = |response: &Response<'_>| {
            *bad |= matches!(
                response,
                Response::Done {
                    status: Status::Bad,
                    ..
                }
            );
        };
        let step = session.read_answer(&tag, "the login", see).await;
        let challenge = match (step, told) {
            (Ok(CommandStep::Completed), _) => return Ok(()),
            (Ok(CommandStep::Continue(challenge)), before) => {
                told = before;
                challenge
            }
            (Err(ImapError::Refused { command, said }), Some(told)) => {
                let said = server_words::cleaned(&format!("{said} ({told})"));
                return Err(ImapError::Refused { command, said });
            }
            (Err(other), _) => return Err(other),
        };
        let answer = match (answers.next(), end.take()) {
            (Some(answer), before) => {
                end = before;
                BASE64.encode(answer)
            }
            // RFC 7628 section 3.2.3 wants one control-A; Google's XOAUTH2 an empty line.
            (None, Some(end)) => {
                told = error_in(&challenge).or(told);
                BASE64.encode(end)
            }
            (None, None) => "*".to_owned(),
        };
        session.write(format!("{answer}\r\n").as_bytes()).await?;
    }
    Err(ImapError::lost("the login asks without end"))
}

/// Returns what a challenge tells of a refused token: JSON in base64 (RFC 7628 section 3.2.2), or text as it is; `None` when it
/// is empty.
fn error_in(challenge: &str) -> Option<String> {
    let decoded = BASE64.decode(challenge.trim()).ok();
    let text = match &decoded {
        Some(bytes) => String::from_utf8_lossy(bytes),
        None => challenge.into(),
    };
    let text = server_words::cleaned(&text);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_token_is_read_in_whatever_form_it_comes() {
        let json = r#"{"status":"invalid_token","scope":"mail"}"#;
        assert_eq!(error_in(&BASE64.encode(json)).as_deref(), Some(json));
        assert_eq!(error_in("token expired").as_deref(), Some("token expired"));
        assert_eq!(error_in(json).as_deref(), Some(json));
        assert_eq!(error_in(""), None);
        assert_eq!(error_in("AA=="), None);
    }
}
