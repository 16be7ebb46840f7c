//! Entries of watch lists that say more than one phrase: `"post-quantum" AND (tls OR ssh) NOT mcp`. An entry without quotation
//! marks and without AND, OR and NOT is one phrase, as it stands.

/// An entry as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Phrase(String),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// A piece of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Phrase(String),
}

/// Parentheses and NOTs may stand in each other this deep.
const DEEPEST: usize = 20;

/// Returns what is wrong with an entry of a watch list; `None` when it can be compared.
pub fn watch_fault(entry: &str) -> Option<String> {
    Expression::parse(entry).err()
}

impl Expression {
    /// Reads an entry; one that is at fault, which the configuration does not let pass, is the phrase that it is.
    pub(super) fn of(entry: &str) -> Expression {
        Expression::parse(entry).unwrap_or_else(|_| Expression::Phrase(entry.to_owned()))
    }

    /// # Errors
    /// What is wrong with it, to be read behind the entry.
    fn parse(entry: &str) -> Result<Expression, String> {
        let tokens = tokens(entry)?;
        let plain = |token: &Token| matches!(token, Token::Phrase(_) | Token::Open | Token::Close);
        if !entry.contains('"') && tokens.iter().all(plain) {
            return Ok(Expression::Phrase(entry.to_owned()));
        }
        let mut reader = Reader {
            tokens: &tokens,
            depth: 0,
        };
        let read = reader.any()?;
        match reader.tokens.first() {
            None => {}
            Some(Token::Close) => return Err("has a `)` without its `(`".into()),
            Some(token) => {
                return Err(format!("has {} without AND or OR before it", token.shown()));
            }
        }
        if read.holds(&|_| false) {
            return Err(
                "holds for whatever has none of its words; name one that must be there".into(),
            );
        }
        Ok(read)
    }

    /// Returns true when it holds, `is` telling which phrases do.
    pub(super) fn holds(&self, is: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Expression::Phrase(phrase) => is(phrase),
            Expression::Not(inner) => !inner.holds(is),
            Expression::All(parts) => parts.iter().all(|part| part.holds(is)),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(is)),
        }
    }
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Token::Open => "`(`".into(),
            Token::Close => "`)`".into(),
            Token::And => "AND".into(),
            Token::Or => "OR".into(),
            Token::Not => "NOT".into(),
            Token::Phrase(phrase) => format!("`{phrase}`"),
        }
    }
}

/// Divides an entry; words without quotation marks that follow each other are one phrase.
fn tokens(entry: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut rest = entry.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '"' => 0,
            _ => rest
                .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
                .unwrap_or(rest.len()),
        };
        let (word, behind) = rest.split_at(length);
        let operator = match word {
            "" => None,
            "AND" => Some(Token::And),
            "OR" => Some(Token::Or),
            "NOT" => Some(Token::Not),
            _ => {
                words.push(word);
                rest = behind.trim_start();
                continue;
            }
        };
        if !words.is_empty() {
            tokens.push(Token::Phrase(std::mem::take(&mut words).join(" ")));
        }
        let (token, behind) = match (operator, first) {
            (Some(operator), _) => (operator, behind),
            (None, '(') => (Token::Open, &rest[1..]),
            (None, ')') => (Token::Close, &rest[1..]),
            (None, _) => {
                let (phrase, behind) = rest[1..]
                    .split_once('"')
                    .ok_or("has a quotation mark that is not closed")?;
                let phrase: Vec<&str> = phrase.split_whitespace().collect();
                if phrase.is_empty() {
                    return Err("has nothing between its quotation marks".into());
                }
                (Token::Phrase(phrase.join(" ")), behind)
            }
        };
        tokens.push(token);
        rest = behind.trim_start();
    }
    if !words.is_empty() {
        tokens.push(Token::Phrase(words.join(" ")));
    }
    Ok(tokens)
}

/// Reads what is left of an entry: OR binds less than AND, AND less than NOT.
struct Reader<'a> {
    tokens: &'a [Token],
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, wanted: &Token) -> bool {
        let is_it = self.tokens.first() == Some(wanted);
        if is_it {
            self.tokens = &self.tokens[1..];
        }
        is_it
    }

    fn any(&mut self) -> Result<Expression, String> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.take(&Token::Or) {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.one()?];
        // `a NOT b` is `a AND NOT b`.
        while self.take(&Token::And) || self.tokens.first() == Some(&Token::Not) {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn one(&mut self) -> Result<Expression, String> {
        let Some((token, rest)) = self.tokens.split_first() else {
            return Err("ends where a word or a phrase should stand".into());
        };
        self.tokens = rest;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("has too many parentheses in each other".into());
        }
        let read = match token {
            Token::Phrase(phrase) => Ok(Expression::Phrase(phrase.clone())),
            Token::Not => self.one().map(|inner| Expression::Not(Box::new(inner))),
            Token::Open => {
                let inner = self.any()?;
                match (self.take(&Token::Close), self.tokens.first()) {
                    (true, _) => Ok(inner),
                    (false, None) => Err("has a `(` without its `)`".into()),
                    (false, Some(token)) => {
                        Err(format!("has {} without AND or OR before it", token.shown()))
                    }
                }
            }
            other => Err(format!(
                "has {} where a word or a phrase should stand",
                other.shown()
            )),
        };
        self.depth -= 1;
        read
    }
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            many(parts)
        }
        (None, _) => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns true when the entry holds for a text with these words.
    fn holds(entry: &str, text: &str) -> bool {
        Expression::of(entry).holds(&|phrase| text.contains(&phrase.to_lowercase()))
    }

    #[test]
    fn phrases_and_or_not_and_parentheses() {
        let entry = "\"post-quantum\" AND (tls OR ssh) NOT mcp";
        assert!(holds(entry, "post-quantum keys in tls"));
        assert!(holds(entry, "post-quantum ssh"));
        assert!(!holds(entry, "post-quantum ssh and mcp"));
        assert!(!holds(entry, "post-quantum mail"));
        assert!(!holds(entry, "tls"));
        assert!(holds("a OR b AND c", "a"));
        assert!(!holds("(a OR b) AND c", "a"));
        assert!(holds("a AND NOT (b OR c)", "a"));
        assert!(!holds("a AND NOT (b OR c)", "a c"));
        assert!(holds("tls AND secure shell", "secure shell over tls"));
        assert!(!holds("tls AND secure shell", "secure tls shell"));
        assert!(holds("\"AND\" OR x", "this and that"));
    }

    #[test]
    fn plain_entries_are_the_phrase_that_they_were() {
        for plain in [
            "post-quantum",
            "secure shell",
            "Segment Routing (SR)",
            "and or not",
            "draft-*-tls-*",
            "R&D",
            ")(",
            "",
        ] {
            assert_eq!(Expression::of(plain), Expression::Phrase(plain.into()));
            assert_eq!(watch_fault(plain), None);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (entry, fault) in [
            ("tls AND", "ends where a word or a phrase should stand"),
            ("AND tls", "has AND where a word or a phrase should stand"),
            (
                "tls OR OR ssh",
                "has OR where a word or a phrase should stand",
            ),
            ("\"tls", "has a quotation mark that is not closed"),
            ("\"\" OR tls", "has nothing between its quotation marks"),
            ("(tls OR ssh", "has a `(` without its `)`"),
            ("tls OR ssh)", "has a `)` without its `(`"),
            ("\"tls\" \"ssh\"", "has `ssh` without AND or OR before it"),
            ("(\"tls\" ssh)", "has `ssh` without AND or OR before it"),
            ("tls OR ssh (quic)", "has `(` without AND or OR before it"),
            ("()", ""),
            (
                "NOT tls",
                "holds for whatever has none of its words; name one that must be there",
            ),
            (
                "tls OR NOT ssh",
                "holds for whatever has none of its words; name one that must be there",
            ),
        ] {
            assert_eq!(watch_fault(entry).unwrap_or_default(), fault, "{entry}");
        }
    }

    #[test]
    fn what_is_hostile_is_refused_and_does_not_overflow() {
        let deep = format!("{}a{} OR b", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(
            watch_fault(&deep).as_deref(),
            Some("has too many parentheses in each other")
        );
        assert!(watch_fault(&"NOT ".repeat(100_000)).is_some());
        assert_eq!(
            watch_fault(&"a OR ".repeat(100_000)).as_deref(),
            Some("ends where a word or a phrase should stand")
        );
        assert!(holds(&format!("{}b", "a OR ".repeat(100_000)), "b"));
    }
}
