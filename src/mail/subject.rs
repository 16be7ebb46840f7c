//! Subjects without what lists and gateways put in front of them.

/// Cuts off `[netmod] `, `[rfc-dist] `, `[EXTERNAL] `, `EXT: ` and the like.
pub(crate) fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(shorter) = after_prefix(rest) {
        rest = shorter;
    }
    rest
}

fn after_prefix(subject: &str) -> Option<&str> {
    let (tag, rest) = match subject.chars().next()? {
        '[' => subject[1..].split_once(']')?,
        '{' => subject[1..].split_once('}')?,
        '(' => subject[1..].split_once(')')?,
        '*' => {
            let inner = subject.trim_start_matches('*');
            let (tag, rest) = inner.split_once('*')?;
            (tag, rest.trim_start_matches('*'))
        }
        'e' | 'E' => subject.split_once(':').filter(|(tag, _)| is_warning(tag))?,
        _ => return None,
    };
    let is_list = subject.starts_with('[') && tag.len() < 40 && !tag.contains(' ');
    let rest = rest.trim_start_matches(':').trim_start();
    ((is_list || is_warning(tag)) && !rest.is_empty()).then_some(rest)
}

/// True for what mail servers of companies write before the subject of mail from outside.
fn is_warning(tag: &str) -> bool {
    const WORDS: [&str; 9] = [
        "external",
        "ext",
        "email",
        "e-mail",
        "mail",
        "sender",
        "spam",
        "suspected",
        "bulk",
    ];
    let mut words = tag
        .split([' ', '-', ':'])
        .filter(|word| !word.is_empty())
        .peekable();
    tag.len() < 40
        && words.peek().is_some()
        && words.all(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_prefixes_go_and_other_brackets_stay() {
        assert_eq!(without_prefixes("[netmod] I-D Action: x"), "I-D Action: x");
        assert_eq!(without_prefixes("[a] [b] x"), "x");
        assert_eq!(
            without_prefixes("[Call for Papers] x"),
            "[Call for Papers] x"
        );
        assert_eq!(without_prefixes("[only]"), "[only]");
        for prefix in [
            "[EXTERNAL] ",
            "[External Email] ",
            "EXT: ",
            "{Spam} ",
            "**EXTERNAL** ",
            "[EXT][netmod] ",
        ] {
            let subject = format!("{prefix}RFC 9 on x");
            assert_eq!(without_prefixes(&subject), "RFC 9 on x");
        }
        for other in [
            "Extended: x",
            "(x) y",
            "*x* y",
            "External review: x",
            "Re: [a] x",
        ] {
            assert_eq!(without_prefixes(other), other);
        }
    }
}
