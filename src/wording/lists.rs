//! Lists and sentences in a row, punctuated as each language does.

use super::{Language, say};

/// Joins items as `a, b and c`; in Japanese as `a、b、c`.
pub fn listed<S: AsRef<str>>(language: Language, items: &[S]) -> String {
    let comma = say(language, "list-comma", &[]);
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match (language, items.as_slice()) {
        (Language::En, [first @ .., last]) if !first.is_empty() => {
            format!("{} and {last}", first.join(&comma))
        }
        _ => items.join(&comma),
    }
}

/// Joins items in quotation marks as `“a”, “b” and “c”`; in Japanese as `「a」「b」「c」`.
pub fn listed_in_quotes(language: Language, items: &[String]) -> String {
    let quoted: Vec<String> = items
        .iter()
        .map(|item| say(language, "mark-quotes", &[("text", item.as_str().into())]))
        .collect();
    match language {
        Language::En => listed(language, &quoted),
        Language::Ja => quoted.concat(),
    }
}

/// Puts sentences one after another; Japanese has no blank between them.
pub fn in_a_row(language: Language, sentences: &[String]) -> String {
    sentences.join(match language {
        Language::En => " ",
        Language::Ja => "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_written_by_a_person() {
        let items = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(listed(Language::En, &items), "a, b and c");
        assert_eq!(listed(Language::Ja, &items), "a、b、c");
        assert_eq!(listed_in_quotes(Language::En, &items[..1]), "“a”");
        assert_eq!(listed_in_quotes(Language::En, &items[..2]), "“a” and “b”");
        assert_eq!(listed_in_quotes(Language::Ja, &items), "「a」「b」「c」");
        assert_eq!(listed::<String>(Language::En, &[]), "");
    }
}
