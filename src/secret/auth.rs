//! The ways of logging in: a password, or an OAuth 2.0 access token. IMAP and SMTP name the same mechanisms, and are
//! given the same answers (SASL, RFC 4422).

use serde::Deserialize;

use super::Secret;

/// The `auth` key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// `PLAIN` or `LOGIN`, whichever is offered.
    #[default]
    Password,
    /// `XOAUTH2` (Google, Microsoft).
    Xoauth2,
    /// `OAUTHBEARER` (RFC 7628).
    Oauthbearer,
}

impl Auth {
    /// Returns the SASL mechanism and what is said with a token: the first answer, and what ends the attempt when the
    /// server tells an error in a challenge. `None` with a password.
    pub fn token_answer(
        self,
        user: &str,
        token: &Secret,
    ) -> Option<(&'static str, String, &'static str)> {
        let token = token.expose();
        match self {
            Auth::Password => None,
            Auth::Xoauth2 => Some((
                "XOAUTH2",
                format!("user={user}\x01auth=Bearer {token}\x01\x01"),
                "",
            )),
            Auth::Oauthbearer => {
                let name = user.replace('=', "=3D").replace(',', "=2C");
                // A failure is told in a challenge that wants one control-A (RFC 7628 section 3.2.3).
                Some((
                    "OAUTHBEARER",
                    format!("n,a={name},\x01auth=Bearer {token}\x01\x01"),
                    "\x01",
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_wrapped_as_each_mechanism_wants_it() {
        let token = Secret::new("t0ken");
        assert_eq!(Auth::Password.token_answer("u", &token), None);
        let (_, answer, _) = Auth::Xoauth2.token_answer("u@h", &token).unwrap();
        assert_eq!(answer, "user=u@h\x01auth=Bearer t0ken\x01\x01");
        let (_, answer, _) = Auth::Oauthbearer.token_answer("a=b,c", &token).unwrap();
        assert_eq!(answer, "n,a=a=3Db=2Cc,\x01auth=Bearer t0ken\x01\x01");
    }
}
