//! What the mailbox's own server found out about a mail, as it wrote it on top of the header (RFC 8601). It is text of a
//! server's, cleaned by who shows it.

use crate::mail::Header;

/// Results of one mail; more are no header.
const MOST_RESULTS: usize = 30;

/// What one server says of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AuthenticationResults {
    /// The name of the server (`authserv-id`).
    pub(super) server: String,
    /// The results, in its order; none where it says that it looked at nothing.
    pub(super) results: Vec<MethodResult>,
}

/// The result of one method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MethodResult {
    /// `spf`, `dkim`, `dmarc` … in lower case.
    pub(super) method: String,
    /// `pass`, `fail`, `none` … in lower case.
    pub(super) result: String,
    /// What was looked at, such as `header.from=example.net`, and the reason.
    pub(super) properties: Vec<(String, String)>,
}

/// Reads what stands on top of a header: the fields of the server that wrote the uppermost one, as far as they follow each
/// other. Further down anybody can have written them (section 5).
pub(super) fn topmost(header: &Header<'_>) -> AuthenticationResults {
    let mut found = AuthenticationResults::default();
    let fields = header.all("authentication-results");
    let parsed = fields.map(|field| parse(&field.text()));
    for one in parsed.take_while(Option::is_some).flatten() {
        if found.server.is_empty() {
            found.server = one.server;
        } else if !found.server.eq_ignore_ascii_case(&one.server) {
            break;
        }
        found.results.extend(one.results);
        found.results.truncate(MOST_RESULTS);
    }
    found
}

/// Reads one field's text; `None` where it is none of these.
fn parse(text: &str) -> Option<AuthenticationResults> {
    let lexemes = lexemes(text);
    let mut parts = lexemes.split(|one| *one == Lexeme::Mark(';'));
    let server = match parts.next()?.first()? {
        Lexeme::Word(name) => name.clone(),
        Lexeme::Mark(_) => return None,
    };
    let results = parts.filter_map(result).collect();
    Some(AuthenticationResults { server, results })
}

/// Reads `method [/ version] = result [reason = …] [ptype . property = value] …` (section 2.2).
fn result(lexemes: &[Lexeme]) -> Option<MethodResult> {
    let mut found = MethodResult::default();
    for (name, value) in assignments(lexemes) {
        if found.method.is_empty() {
            let method = name.split('/').next().unwrap_or_default();
            found.method = method.to_ascii_lowercase();
            found.result = value.to_ascii_lowercase();
        } else {
            found.properties.push((name.to_ascii_lowercase(), value));
        }
    }
    (!found.method.is_empty()).then_some(found)
}

/// Collects what is written as `name = value`; words without a value are passed over.
fn assignments(lexemes: &[Lexeme]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = lexemes;
    while let [first, more @ ..] = rest {
        rest = more;
        if let (Lexeme::Word(name), [Lexeme::Mark('='), Lexeme::Word(value), ..]) = (first, more) {
            found.push((name.clone(), value.clone()));
            rest = &more[2..];
        }
    }
    found
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lexeme {
    /// A word, or a quoted string without its quotes.
    Word(String),
    /// `;` or `=`.
    Mark(char),
}

/// Splits a text into words and marks, comments left out (RFC 5322 section 3.2.2); `.` and `/` belong to words, also where
/// white space stands around them.
fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    let mut depth = 0_usize;
    let mut joined = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if depth > 0 => drop(rest.next()),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ';' | '=' => {
                joined = false;
                found.push(Lexeme::Mark(c));
            }
            '"' => {
                let mut quoted = String::new();
                while let Some(c) = rest.next() {
                    match c {
                        '"' => break,
                        '\\' => quoted.extend(rest.next()),
                        c => quoted.push(c),
                    }
                }
                found.push(Lexeme::Word(quoted));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                // The values of some servers hold `=`, as base64 does; only the first one of a part is a mark.
                let value = found.last() == Some(&Lexeme::Mark('='));
                let ends =
                    |c: char| c.is_whitespace() || ";(\"".contains(c) || (c == '=' && !value);
                while let Some(c) = rest.next_if(|c| !ends(*c)) {
                    word.push(c);
                }
                let joins = joined || (word.starts_with(['.', '/']) && !value);
                joined = word.ends_with(['.', '/']) && !value;
                match found.last_mut() {
                    Some(Lexeme::Word(before)) if joins => before.push_str(&word),
                    _ => found.push(Lexeme::Word(word)),
                }
            }
        }
    }
    found
}

impl MethodResult {
    /// Returns a property's value.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        let mut same = self.properties.iter().filter(|(found, _)| found == name);
        same.next().map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<String> {
        let found = parse(text)?;
        let results = found.results.iter().map(|one| {
            let properties = one
                .properties
                .iter()
                .map(|(name, value)| format!(" {name}:{value}"));
            format!(
                "; {}:{}{}",
                one.method,
                one.result,
                properties.collect::<String>()
            )
        });
        Some(found.server + &results.collect::<String>())
    }

    #[test]
    fn results_are_read_as_the_grammar_has_them() {
        for (text, expected) in [
            ("example.org 1; none", "example.org"),
            (
                "example.com; spf=pass smtp.mailfrom=example.net; dkim=fail reason=\"signature; bad\" header.d=Example.net",
                "example.com; spf:pass smtp.mailfrom:example.net; dkim:fail reason:signature; bad header.d:Example.net",
            ),
            (
                // Appendix B.6 has comments everywhere.
                "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                "foo.example.net; dkim:fail policy.expired:1362471462",
            ),
            (
                "mx.google.com; dkim=pass header.i=@example.net header.s=s1 header.b=\"ab/c=\"; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.net",
                "mx.google.com; dkim:pass header.i:@example.net header.s:s1 header.b:ab/c=; dmarc:pass header.from:example.net",
            ),
            (
                "mx; dkim=pass header.b=ab/c=; SPF=SoftFail",
                "mx; dkim:pass header.b:ab/c=; spf:softfail",
            ),
            ("mx; =; ;;spf", "mx"),
            ("mx (never closed; spf=pass", "mx"),
            ("mx; spf=\"never closed", "mx; spf:never closed"),
        ] {
            assert_eq!(told(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(told(""), None);
        assert_eq!(told("; spf=pass"), None);
    }

    #[test]
    fn only_the_uppermost_servers_word_counts() {
        let text = b"Authentication-Results: mx.mail.example;\r\n spf=pass smtp.mailfrom=a@example.net\r\n\
            Received: from x\r\nAuthentication-Results: MX.mail.example; dmarc=fail\r\n\
            Authentication-Results: elsewhere.example; dkim=pass\r\n\
            Authentication-Results: mx.mail.example; dkim=pass\r\n\r\n";
        let found = topmost(&Header::parse(text));
        assert_eq!(found.server, "mx.mail.example");
        let methods: Vec<&str> = found
            .results
            .iter()
            .map(|one| one.method.as_str())
            .collect();
        assert_eq!(methods, ["spf", "dmarc"]);
        assert_eq!(
            found.results[0].property("smtp.mailfrom"),
            Some("a@example.net")
        );
        assert_eq!(topmost(&Header::parse(b"Subject: x\r\n\r\n")).server, "");
    }

    #[test]
    fn hostile_fields_take_no_more_than_their_length() {
        for text in [
            "(".repeat(1 << 20),
            "a.".repeat(1 << 19),
            ";=".repeat(1 << 19),
            "\\\"".repeat(1 << 19),
        ] {
            let _ = parse(&format!("mx; {text}"));
        }
    }
}
