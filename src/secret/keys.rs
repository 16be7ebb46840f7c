//! The configuration's keys for a login and its secret, the same in `[mailbox]` and `[smtp]`; the `api_key_*` of
//! `[editor]` follow the same rules.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Credential, Secret, SecretSource};

/// The names of the keys of a password, in the order of [`SecretKeys`].
const PASSWORD: [&str; 4] = [
    "password_credential",
    "password_file",
    "password_command",
    "password",
];

const NO_PROGRAM: &str = "must name a program";

fn names_nothing(command: &[String]) -> bool {
    command.first().is_none_or(String::is_empty)
}

/// Why the keys of a secret cannot be used. Says which key to change, and not in which table it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The value of a key cannot be used, by itself or beside the other keys.
    #[error("`{key}` {why}")]
    Unusable {
        /// The key.
        key: &'static str,
        /// The fault, and the change that mends it.
        why: &'static str,
    },
    /// These keys, two or more, are set for the same secret.
    #[error("only one of {} may be set", .0.join(", "))]
    Several(Vec<&'static str>),
    /// A key is missing that the others need; the sentence names it.
    #[error("{0}")]
    Missing(&'static str),
}

/// The keys of one secret, borrowed from the table that has them. At most one may be set.
#[derive(Clone, Copy, Debug)]
pub struct SecretKeys<'a> {
    /// The table's names for the four keys below, in their order.
    pub names: [&'static str; 4],
    /// The name of a credential that systemd hands over.
    pub credential: Option<&'a Credential>,
    /// A file.
    pub file: Option<&'a Path>,
    /// A command and its arguments.
    pub command: Option<&'a [String]>,
    /// The secret itself.
    pub plain: Option<&'a Secret>,
}

impl SecretKeys<'_> {
    /// Returns the keys that are set, each with the source that it names.
    fn given(&self) -> Vec<(&'static str, SecretSource)> {
        let sources = [
            self.credential.cloned().map(SecretSource::Credential),
            self.file.map(|path| SecretSource::File(path.to_owned())),
            (self.command).map(|words| SecretSource::Command(words.to_vec())),
            self.plain.cloned().map(SecretSource::Plain),
        ];
        let given = self.names.into_iter().zip(sources);
        given
            .filter_map(|(key, source)| Some((key, source?)))
            .collect()
    }

    /// Returns the source of the secret; `None` when no key is set.
    ///
    /// # Errors
    /// More than one key is set, or the one that is cannot be used.
    pub fn source(&self) -> Result<Option<SecretSource>, KeyError> {
        let mut given = self.given();
        if given.len() > 1 {
            let keys = given.into_iter().map(|(key, _)| key);
            return Err(KeyError::Several(keys.collect()));
        }
        let Some((key, source)) = given.pop() else {
            return Ok(None);
        };
        let why = match &source {
            SecretSource::Credential(named) if !named.is_sound() => {
                "must be a name of letters, digits, `-`, `_` and `.`, as in LoadCredential="
            }
            SecretSource::Command(words) if names_nothing(words) => NO_PROGRAM,
            SecretSource::Plain(value) if value.expose().is_empty() => "is empty",
            _ => return Ok(Some(source)),
        };
        Err(KeyError::Unusable { key, why })
    }
}

/// The `auth` key: the ways of logging in. IMAP and SMTP name the same mechanisms, and are given the same answers (SASL,
/// RFC 4422).
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
        let (mechanism, name, end) = match self {
            Auth::Password => return None,
            Auth::Xoauth2 => ("XOAUTH2", format!("user={user}"), ""),
            // A failure is told in a challenge that wants one control-A (RFC 7628 section 3.2.3).
            Auth::Oauthbearer => {
                let name = user.replace('=', "=3D").replace(',', "=2C");
                ("OAUTHBEARER", format!("n,a={name},"), "\x01")
            }
        };
        let answer = format!("{name}\x01auth=Bearer {}\x01\x01", token.expose());
        Some((mechanism, answer, end))
    }
}

/// The keys of one login. `Name` is `String` when the table needs a login, `Option<String>` when it may do without.
#[derive(Clone, Debug, Deserialize)]
pub struct LoginKeys<Name> {
    /// The account's login name.
    pub username: Name,
    /// The name of a credential that systemd hands over, whose first line is the password.
    pub password_credential: Option<Credential>,
    /// File whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Command whose first line of output is the password.
    pub password_command: Option<Vec<String>>,
    /// The password itself; warned of.
    pub password: Option<Secret>,
    /// The way of logging in.
    #[serde(default)]
    pub auth: Auth,
    /// Command whose first line of output is an OAuth 2.0 access token, run at each login.
    pub token_command: Option<Vec<String>>,
}

impl<Name> LoginKeys<Name> {
    /// Returns the key that the secret comes from, for messages: with a token `token_command`, else the one of the
    /// password's that is set.
    pub fn secret_key(&self) -> &'static str {
        if self.auth != Auth::Password {
            return "token_command";
        }
        let given = self.password().given();
        given.first().map_or("password_file", |(key, _)| key)
    }

    fn password(&self) -> SecretKeys<'_> {
        SecretKeys {
            names: PASSWORD,
            credential: self.password_credential.as_ref(),
            file: self.password_file.as_deref(),
            command: self.password_command.as_deref(),
            plain: self.password.as_ref(),
        }
    }

    /// Returns the source of the password, or with `auth` of the token; `None` when nothing is set and a password is
    /// wanted. A key that this way of logging in would take no notice of is refused.
    fn source(&self) -> Result<Option<SecretSource>, KeyError> {
        let password = self.password().source()?;
        let unusable = |key, why| Err(KeyError::Unusable { key, why });
        match (self.auth, password, &self.token_command) {
            (Auth::Password, _, Some(_)) => unusable(
                "token_command",
                "is for auth = \"xoauth2\" or \"oauthbearer\"; set auth, or take it away",
            ),
            (Auth::Password, password, None) => Ok(password),
            (_, Some(_), _) => unusable(
                "auth",
                "wants a token and not a password; take the password's key away, or auth",
            ),
            (_, None, None) => unusable("auth", "wants a token: token_command must be set with it"),
            (_, None, Some(words)) if names_nothing(words) => unusable("token_command", NO_PROGRAM),
            (_, None, Some(words)) => Ok(Some(SecretSource::Command(words.clone()))),
        }
    }
}

impl LoginKeys<String> {
    /// Returns the source of the password or token.
    ///
    /// # Errors
    /// No source, more than one, or one that cannot be used.
    pub fn secret(&self) -> Result<SecretSource, KeyError> {
        self.source()?.ok_or(KeyError::Missing(
            "one of password_credential, password_file, password_command and password must be set",
        ))
    }
}

impl LoginKeys<Option<String>> {
    /// Returns the login name, and the source of the password or token; `None` when no login is made.
    ///
    /// # Errors
    /// A name without a source, a source without a name, more than one source, or one that cannot be used.
    pub fn secret(&self) -> Result<Option<(&str, SecretSource)>, KeyError> {
        match (self.username.as_deref(), self.source()?) {
            (Some(name), Some(source)) => Ok(Some((name, source))),
            (Some(_), None) => Err(KeyError::Missing(
                "one of password_credential, password_file, password_command and password must be set with username",
            )),
            (None, Some(_)) if self.auth == Auth::Password => {
                Err(KeyError::Missing("username must be set with a password"))
            }
            (None, Some(_)) => Err(KeyError::Unusable {
                key: "token_command",
                why: "needs username to be set with it",
            }),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(keys: &str) -> LoginKeys<String> {
        toml::from_str(&format!("username = \"reader\"\n{keys}")).unwrap()
    }

    fn refused(keys: &str) -> String {
        login(keys).secret().unwrap_err().to_string()
    }

    #[test]
    fn two_sources_at_once_are_refused_and_named() {
        assert_eq!(
            refused("password_file = \"/a\"\npassword_command = [\"b\"]\npassword = \"c\""),
            "only one of password_file, password_command, password may be set"
        );
    }

    #[test]
    fn no_source_names_all_that_there_could_be() {
        assert_eq!(
            refused(""),
            "one of password_credential, password_file, password_command and password must be set"
        );
    }

    #[test]
    fn a_key_that_would_be_ignored_is_refused() {
        let said = refused("password = \"x\"\ntoken_command = [\"oama\"]");
        assert!(said.starts_with("`token_command` is for auth = "), "{said}");
        let said = refused("auth = \"xoauth2\"\npassword = \"x\"\ntoken_command = [\"oama\"]");
        assert!(said.starts_with("`auth` wants a token and not"), "{said}");
        let said = refused("auth = \"xoauth2\"");
        assert!(
            said.starts_with("`auth` wants a token: token_command"),
            "{said}"
        );
        assert_eq!(
            login("auth = \"oauthbearer\"\ntoken_command = [\"oama\"]").secret(),
            Ok(SecretSource::Command(vec!["oama".into()]))
        );
    }

    #[test]
    fn a_login_that_may_be_left_out_is_whole_or_not_there() {
        let told = |keys: &str| {
            let login: LoginKeys<Option<String>> = toml::from_str(keys).unwrap();
            match login.secret() {
                Ok(login) => login.map_or_else(String::new, |(name, _)| name.to_owned()),
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(told(""), "");
        assert_eq!(told("username = \"u\"\npassword = \"x\""), "u");
        assert_eq!(
            told("username = \"u\""),
            "one of password_credential, password_file, password_command and password must be set with username"
        );
        assert_eq!(
            told("password = \"x\""),
            "username must be set with a password"
        );
        assert_eq!(
            told("auth = \"xoauth2\"\ntoken_command = [\"oama\"]"),
            "`token_command` needs username to be set with it"
        );
    }

    #[test]
    fn a_message_names_the_key_that_the_secret_comes_from() {
        assert_eq!(login("password = \"x\"").secret_key(), "password");
        assert_eq!(
            login("password_command = [\"pass\"]").secret_key(),
            "password_command"
        );
        let token = login("auth = \"xoauth2\"\ntoken_command = [\"oama\"]");
        assert_eq!(token.secret_key(), "token_command");
    }

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
