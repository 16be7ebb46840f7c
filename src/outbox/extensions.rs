//! What a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1), in whatever case and spelling.

use super::reply::Reply;

/// The extensions of a server, in upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// The name that the server gives itself.
    pub(super) name: String,
    /// Keyword and parameters.
    offered: Vec<(String, Vec<String>)>,
}

impl Extensions {
    /// Returns those of a server that only knows HELO.
    pub(super) fn none(reply: &Reply) -> Self {
        Extensions {
            name: first_word(reply),
            offered: Vec::new(),
        }
    }

    /// Reads the answer to EHLO: the name on the first line, an extension on each other. `AUTH=LOGIN` is how some old servers
    /// write `AUTH LOGIN`.
    pub(super) fn read(reply: &Reply) -> Self {
        let lines = reply.lines.iter().skip(1);
        let offered = lines.filter_map(|line| {
            let upper = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = upper.split_ascii_whitespace().map(str::to_owned);
            Some((words.next()?, words.collect()))
        });
        Extensions {
            name: first_word(reply),
            offered: offered.collect(),
        }
    }

    /// Returns true when the extension is offered.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.offered.iter().any(|(offered, _)| offered == keyword)
    }

    /// Returns true when this way of logging in is offered (RFC 4954 section 3).
    pub(super) fn has_mechanism(&self, mechanism: &str) -> bool {
        self.mechanisms().any(|offered| offered == mechanism)
    }

    /// Returns the ways of logging in.
    fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let auth = self.offered.iter().filter(|(keyword, _)| keyword == "AUTH");
        auth.flat_map(|(_, mechanisms)| mechanisms.iter().map(String::as_str))
    }

    /// Returns the largest mail in bytes that the server takes (RFC 1870); `None` where it does not say, or sets no limit.
    pub(super) fn size_limit(&self) -> Option<u64> {
        let (_, words) = self.offered.iter().find(|(offered, _)| offered == "SIZE")?;
        words.first()?.parse().ok().filter(|limit| *limit > 0)
    }

    /// Returns those that matter here, for a person.
    pub(super) fn shown(&self) -> Vec<String> {
        let known = ["8BITMIME", "SMTPUTF8", "SIZE"];
        let plain = known.iter().filter(|keyword| self.has(keyword));
        let mut shown: Vec<String> = plain.map(|keyword| (*keyword).to_owned()).collect();
        for mechanism in self.mechanisms() {
            let word = format!("AUTH {mechanism}");
            if !shown.contains(&word) {
                shown.push(word);
            }
        }
        shown
    }
}

fn first_word(reply: &Reply) -> String {
    let line = reply.lines.first().map(String::as_str).unwrap_or_default();
    let word = line.split_whitespace().next();
    word.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(lines: &[&str]) -> Extensions {
        Extensions::read(&Reply {
            code: 250,
            enhanced: None,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            is_cut: false,
        })
    }

    #[test]
    fn extensions_are_read_whatever_their_case_and_spelling() {
        for line in [
            "AUTH LOGIN PLAIN",
            "auth login plain",
            "AUTH=LOGIN PLAIN",
            "AUTH  Login\tPlain ",
        ] {
            let found = offered(&["mail.example hello", "size 35882577", line, "8BitMime"]);
            assert!(
                found.has_mechanism("PLAIN") && found.has_mechanism("LOGIN"),
                "{line}"
            );
            assert!(found.has("8BITMIME") && !found.has("SMTPUTF8"));
            assert_eq!(
                (found.name.as_str(), found.size_limit()),
                ("mail.example", Some(35_882_577))
            );
        }
        let both = offered(&[
            "mail.example",
            "AUTH PLAIN",
            "AUTH=PLAIN LOGIN",
            "SIZE 0",
            "SIZE",
        ]);
        assert_eq!(both.shown(), ["SIZE", "AUTH PLAIN", "AUTH LOGIN"]);
        assert_eq!(both.size_limit(), None);
        // A name that looks like an extension is none.
        assert!(!offered(&["STARTTLS"]).has("STARTTLS"));
    }
}
