//! The line as a whole.

use super::*;

const SSH: &str =
    "This document specifies a key agent protocol for use in the Secure Shell (SSH) protocol.";

#[test]
fn the_opening_is_dropped_and_the_rest_stands() {
    let text = "Paths are old. This document defines PCEP extensions for grouping two unidirectional SR paths (one in \
                each direction) into a single associated bidirectional SR path. It is long.";
    assert_eq!(
        gist(
            "PCEP Extensions for Associated Bidirectional SR Paths",
            text
        )
        .as_deref(),
        Ok(
            "PCEP extensions for grouping two unidirectional SR paths into a single associated bidirectional SR path"
        )
    );
    assert_eq!(
        gist("SSH Agent Protocol", SSH).as_deref(),
        Ok("A key agent protocol for use in the Secure Shell protocol")
    );
}

#[test]
fn a_name_stands_for_what_it_names() {
    let text = "This document defines an extension to the SMTP service protocol called \"CLIENTID\" that a SMTP client \
                can provide an additional unique identification token prior to standard credentials authentication \
                that the server may then apply as an identity verification method in a similar manner to other \
                techniques.";
    assert_eq!(
        gist("SMTP Service Extension for Client Identity", text).as_deref(),
        Ok(
            "\"CLIENTID\": an additional unique identification token prior to standard credentials authentication"
        )
    );
}

#[test]
fn without_a_rule_there_is_no_line() {
    let title = "Keys for Servers";
    assert_eq!(gist(title, ""), Err(NoGist::NoAbstract));
    assert_eq!(gist(title, "Keys are old."), Err(NoGist::NoSentence));
    let again = "This document defines a mechanism for keys of servers.";
    assert!(matches!(gist(title, again), Err(NoGist::TitleAgain(_))));
    let outside =
        "This document updates those methods in order to protect networks from such tests.";
    assert!(matches!(gist(title, outside), Err(NoGist::Refused(_))));
}

#[test]
fn a_topic_has_two_sentences_and_the_second_may_be_a_sisters() {
    let one = "This document defines a token that clients send before they authenticate. It allows servers to slow \
               down attackers who guess passwords.";
    let other = "This document defines rules for archives of old mailing lists.";
    let own = "A token that clients send before they authenticate.";
    assert_eq!(
        topic(&[("Client Identity", one)]),
        Ok(format!(
            "{own} Allows servers to slow down attackers who guess passwords."
        ))
    );
    assert_eq!(
        topic(&[("Archives", other), ("Client Identity", one)]),
        Ok("Rules for archives of old mailing lists. The other: Allows servers to slow down attackers who guess passwords.".into())
    );
    let third = ("A third", "");
    let told = topic(&[("Archives", other), ("Client Identity", one), third]).unwrap();
    assert!(told.contains(". Another: Allows"), "{told}");
    assert_eq!(topic(&[]), Err(NoGist::NoAbstract));
}

#[test]
fn hostile_texts_neither_panic_nor_take_long() {
    let started = std::time::Instant::now();
    let opening = "This document defines ";
    for piece in [
        "a",
        "(",
        ")",
        "[",
        "]",
        "\"",
        ", ",
        "and ",
        "é",
        "\u{202e}",
        "RFC ",
        "(A) ",
        "X (X) ",
        "[RFC1], ",
        "such as ",
        ", which is ",
        "this document ",
        "(RFC",
        "- ",
        "’",
        "ﬁ ",
        "\u{0}",
        "that ",
        "e.g. ",
        "A B C D (ABCD) ",
        ". ",
        "called \"",
        "\n\n",
        "0) ",
        "İ ",
        "by doing ",
    ] {
        let text = format!("{opening}{}", piece.repeat(50_000 / piece.len()));
        let _ = gist(&text.chars().take(40).collect::<String>(), &text);
        let words = format!("{opening}a format of {}for the keys. ", piece.repeat(12));
        let _ = gist(piece, &words.repeat(24));
        let _ = topic(&[(&words, &words), (piece, &text)]);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
