//! What the guard makes of servers' words, and that the library's parser reads all of it however it comes.

use async_imap::imap_proto::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::responses::Responses;
use super::*;

/// Feeds bytes in pieces and returns what is handed on, and the lines that could not be read.
fn fed(bytes: &[u8], mut piece: impl FnMut() -> usize) -> Result<(Vec<u8>, Vec<String>), String> {
    let (mut responses, mut handed_on, mut rest) = (Responses::default(), Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(piece().clamp(1, rest.len()));
        let (mut piece, mut overflow) = (piece.to_vec(), Vec::new());
        let length = responses.feed(&mut piece, &mut overflow)?;
        handed_on.extend_from_slice(&piece[..length]);
        handed_on.append(&mut overflow);
        rest = behind;
    }
    Ok((handed_on, responses.unread))
}

/// Returns what is handed on of a text, the same whether it comes whole or byte by byte.
fn handed_on(text: impl AsRef<[u8]>) -> String {
    let text = text.as_ref();
    let whole = fed(text, || usize::MAX).unwrap();
    assert_eq!(fed(text, || 1).unwrap(), whole);
    parsed(&whole.0);
    String::from_utf8_lossy(&whole.0).into_owned()
}

/// Has the library's parser read all of it; returns how many responses there are, and the bytes of one that is not complete.
fn parsed(bytes: &[u8]) -> (usize, &[u8]) {
    let (mut rest, mut count) = (bytes, 0);
    while !rest.is_empty() {
        match Response::parse(rest) {
            Ok((behind, _)) => (rest, count) = (behind, count + 1),
            // In the midst of a literal.
            Err(error) if error.to_string().contains("requires") => return (count, rest),
            Err(_) => panic!("not parsed: {}", String::from_utf8_lossy(rest)),
        }
    }
    (count, rest)
}

#[test]
fn an_honest_fetch_passes_whatever_is_in_its_literal() {
    let body = "((((\"{99999999999}\r\n  ".repeat(50);
    let text = format!(
        "* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{body} INTERNALDATE \"  1-Dec\")\r\nA1 OK done\r\n",
        body.len()
    );
    assert_eq!(handed_on(&text), text);
}

#[test]
fn a_fetch_is_handed_on_in_one_form() {
    const LITERAL: &str = "* 2 FETCH (BODY[] {3}\r\nabc UID 5)";
    const NOTHING: &str = "* 2 FETCH (FLAGS ())";
    for (said, wanted) in [
        // Order, case, blanks, doubled items.
        ("* 2 fetch (body[] {3}\r\nabc uid 5)", LITERAL),
        ("*  2  FETCH  ( BODY[]  {3}\r\nabc  UID\t5 )", LITERAL),
        ("* 2 FETCH(BODY[] {3}\r\nabcUID 5)", LITERAL),
        (
            "* 2 FETCH (BODY[] {3}\r\nabc UID 5 UID 6 BODY[] {2}\r\nxy)",
            LITERAL,
        ),
        ("* 2 FETCH (BODY[] \"abc\"UID 5)", LITERAL),
        // Forms of a literal.
        ("* 2 FETCH (BODY[] {3+}\r\nabc UID 5)", LITERAL),
        ("* 2 FETCH (BODY[] ~{3}\r\nabc UID 5)", LITERAL),
        ("* 2 FETCH (BODY[] ~{3+}\r\nabc UID 5)", LITERAL),
        ("* 2 FETCH (BODY[]{3} \r\nabc UID 5)", LITERAL),
        // Names of the same.
        ("* 2 FETCH (BODY.PEEK[]<0> {3}\r\nabc UID 5)", LITERAL),
        ("* 2 FETCH (BODY[]<0.262144> {3}\r\nabc UID 5)", LITERAL),
        ("* 2 FETCH (RFC822 {3}\r\nabc UID 5)", LITERAL),
        // Blank lines and lines that were folded.
        ("* 2 FETCH (BODY[] {3}\r\nabc\r\n\r\n UID 5\r\n)", LITERAL),
        ("\r\n* 2 FETCH (BODY[] {3}\r\nabc UID 5)\r\n\r\n", LITERAL),
        ("* 2 FETCH (BODY[] {3}\nabc UID 5)\n", LITERAL),
        ("* 2 FETCH (BODY[] {3}\r\nabc UID 5", LITERAL),
        // Items that nobody asked for.
        (
            "* 2 FETCH (MODSEQ (9) X-GM-LABELS (\"a)\" (\"(\") {3}\r\n)))) BODY[] {3}\r\nabc UID 5)",
            LITERAL,
        ),
        (
            "* 2 FETCH (BODY (\"text\" NIL) BODY[TEXT] {2}\r\nxy BODY[1]<0> \"z\" BODY[] {3}\r\nabc UID 5)",
            LITERAL,
        ),
        (
            "* 2 FETCH (BODY[]<7> {2}\r\nxy BODY[] {3}\r\nabc UID 5 X)",
            LITERAL,
        ),
        // Header fields.
        (
            "* 2 FETCH (BODY[HEADER.FIELDS (\"LIST-ID\" FROM)] {3}\r\nabc UID 5)",
            "* 2 FETCH (BODY[HEADER] {3}\r\nabc UID 5)",
        ),
        (
            "* 2 FETCH (body[header.fields ({7}\r\nlist-id from)]<0> {3}\r\nabc UID 5)",
            "* 2 FETCH (BODY[HEADER] {3}\r\nabc UID 5)",
        ),
        (
            "* 2 FETCH (RFC822.HEADER {0}\r\n)",
            "* 2 FETCH (BODY[HEADER] {0}\r\n)",
        ),
        // Not given.
        (
            "* 2 FETCH (BODY[] NIL UID 5)",
            "* 2 FETCH (BODY[] NIL UID 5)",
        ),
        (
            "* 2 FETCH (BODY[] nil BODY[] \"\")",
            "* 2 FETCH (BODY[] NIL BODY[] {0}\r\n)",
        ),
        ("* 2 FETCH (UID 5 INTERNALDATE NIL)", "* 2 FETCH (UID 5)"),
        (
            "* 2 FETCH (INTERNALDATE \"\\\"é\" UID 5)",
            "* 2 FETCH (UID 5)",
        ),
        (
            "* 2 FETCH (INTERNALDATE {5}\r\n1-Dec UID 5)",
            "* 2 FETCH (INTERNALDATE \"1-Dec\" UID 5)",
        ),
        // Numbers.
        (
            "* 2 FETCH (RFC822.SIZE 5000000000 UID 5000000000)",
            "* 2 FETCH (RFC822.SIZE 4294967295)",
        ),
        ("* 2 FETCH (UID \"5\" RFC822.SIZE NIL)", "* 2 FETCH (UID 5)"),
        // What has changed is told even if it is none of ours.
        ("* 2 FETCH ()", NOTHING),
        ("* 2 FETCH (FLAGS (\\Seen $x (y)))", NOTHING),
        ("* 2 FETCH (UID x)", NOTHING),
        ("* 2 FETCH x", NOTHING),
        ("* 5000000000 FETCH (UID 5)", "* 4294967295 FETCH (UID 5)"),
    ] {
        let text = format!("{said}\r\nA1 OK done\r\n");
        assert_eq!(
            handed_on(&text),
            format!("{wanted}\r\nA1 OK done\r\n"),
            "{said}"
        );
    }
}

#[test]
fn what_nobody_asked_for_is_not_handed_on() {
    for line in [
        "* FLAGS (\"my flag\" foo(bar)",
        "* METADATA \"INBOX\" (\"/\u{fffd}\")",
        "* METADATA \"INBOX\" (/x {5}\r\n* OK \r\n)",
        "* THREAD (2)(3 6 (4 23)(44 7 96))",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL",
        "* ID (\"name\" NIL)",
        "* ENABLED X",
        "* X {3}\r\n* 1 {4}\r\nabcd",
        "* 7 X (((",
        "*",
        "* ",
        " \t \0",
        "220 mail.example ESMTP",
        "B7 OK not ours",
    ] {
        assert_eq!(
            handed_on(format!("{line}\r\n* 1 EXISTS\r\n")),
            "* 1 EXISTS\r\n",
            "{line}"
        );
    }
}

#[test]
fn hints_and_answers_are_handed_on_in_one_form() {
    for (said, wanted) in [
        ("* 5000000000 exists ", "* 4294967295 EXISTS"),
        ("*\t4  RECENT", "* 4 RECENT"),
        (" * 4 EXPUNGE", "* 4 EXPUNGE"),
        (" a5 bad", "A5 BAD"),
        ("A5 OK\u{7}", "A5 OK"),
        ("* OK", "* OK"),
        ("* BYE\tautologout", "* BYE autologout"),
        ("* PREAUTH in", "* PREAUTH in"),
        ("+", "+ "),
        ("+idling", "+ idling"),
        ("* LIST () \"/\" {3}\r\na\"b", "* LIST () \"/\" {3}\r\na\"b"),
        (
            "* STATUS {1}\r\nx (UIDNEXT 5)",
            "* STATUS \"x\" (UIDNEXT 5)",
        ),
    ] {
        assert_eq!(
            handed_on(format!("{said}\r\n")),
            format!("{wanted}\r\n"),
            "{said}"
        );
    }
    let latin = handed_on(b"* NO gesch\xfctzt\r\n* LIST () \"/\" \"\xfc\"\r\n");
    assert_eq!(
        latin,
        "* NO gesch\u{fffd}tzt\r\n* LIST () \"/\" \"\u{fffd}\"\r\n"
    );
}

#[test]
fn a_line_that_cannot_be_read_leaves_a_trace_and_the_next_one_is_read() {
    for (line, shown) in [
        ("* 9 FETCH (UID x", "`* 9 FETCH (UID x`"),
        ("* LIST", "`* LIST`"),
        ("* LIST () \"/\"", "`* LIST () \"/\"`"),
        ("A0001 LOGIN reader hidden", "`A0001 LO` (25 bytes)"),
    ] {
        let text = format!("{line}\r\n* 1 EXISTS\r\n");
        let (handed_on, unread) = fed(text.as_bytes(), || usize::MAX).unwrap();
        assert!(handed_on.ends_with(b"* 1 EXISTS\r\n"), "{line}");
        assert!(unread.iter().all(|line| line == shown), "{unread:?}");
        assert!(!unread.is_empty());
    }
}

#[test]
fn a_list_that_is_not_closed_is_shown_by_its_beginning() {
    let text = "* 1 FETCH (UID 4 BODY[] {3}\r\nabc\r\n* 2 FETCH (UID 5)\r\n";
    let (handed_on, unread) = fed(text.as_bytes(), || usize::MAX).unwrap();
    assert!(handed_on.ends_with(b"* 2 FETCH (UID 5)\r\n"));
    assert_eq!(
        unread,
        ["`* 1 FETCH (UID 4 BODY[] {3}` (its list is not closed)"]
    );
}

#[test]
fn text_behind_its_literal_is_told_once_with_the_uid() {
    for (rest, told) in [
        ("ond line\r\nthird (\"line\r\n)", Some("`ond line`")),
        (" line two\r\n\r\nthird\r\nfourth)", Some("`third`")),
        ("\r\nDear all (\r\n* 2 EXISTS", Some("`Dear all (`")),
        (")", None),
        (" MODSEQ (7))", None),
        ("\r\n\r\n FLAGS ()\r\n)", None),
    ] {
        let text = format!("* 1 FETCH (UID 4 BODY[] {{3}}\r\nabc{rest}\r\n* 9 EXISTS\r\n");
        let (mut responses, mut bytes) = (Responses::default(), text.into_bytes());
        responses.feed(&mut bytes, &mut Vec::new()).unwrap();
        let wanted = told.map(|line| (Some(4), line.to_owned()));
        assert_eq!(
            responses.short_literals,
            Vec::from_iter(wanted),
            "{rest}: {:?}",
            responses.unread
        );
        assert!(responses.unread.is_empty(), "{rest}");
    }
}

#[test]
fn literals_lines_and_nesting_end_somewhere() {
    let error = |text: &str| fed(text.as_bytes(), || usize::MAX).unwrap_err();
    let said = error("* 1 FETCH (BODY[] {536000000}\r\n");
    assert!(said.contains("536000000 bytes at once"), "{said}");
    assert!(said.contains("`* 1 FETCH (BODY[] {536000000}`"), "{said}");
    assert!(error("* X {99999999999999999999}\r\n").contains("at once"));
    assert!(error(&"x".repeat(1024 * 1024 + 1)).contains("a line of more"));
    let deep = "(".repeat(66);
    assert!(error(&format!("* 1 FETCH (X {deep}\r\n")).contains("deep"));
    let part = format!("BODY[1] {{8000000}}\r\n{}", "x".repeat(8_000_000));
    assert!(error(&format!("* 1 FETCH ({part} {part} {part}\r\n")).contains("a response of more"));
}

#[test]
fn what_looks_like_a_literal_in_text_hides_nothing() {
    for text in ["* OK hello {8000000}", "+ go {8000000}", "A1 NO {8000000}"] {
        let text = format!("{text}\r\n* 1 EXISTS\r\n");
        assert_eq!(handed_on(&text), text);
    }
}

/// Pieces of responses, from which others are made.
const PIECES: &str = "* |OK |NO |BAD|BYE |PREAUTH |A1 |A1 OK |[|]|[ALERT]|[UIDVALIDITY 7]|[CAPABILITY IMAP4rev1]|\
    [BADCHARSET (x)]|[APPENDUID 1 2]|[COPYUID 1 2 3]|[HIGHESTMODSEQ 5]|[METADATA TOOMANY]|\u{e9}|\\|\"|(|)|((|))|{3}\r\n|{3+}\r\n|~{9}\r\n|{0}\r\n|\r\n|\n|\r| |  |\t|+|+ |\
    1|23 |99999999999|FETCH |FETCH (|UID |UID 5 |RFC822.SIZE 7|INTERNALDATE |NIL|\"17-Jul-1996 02:44:25 -0700\"|BODY[] |BODY|\
    BODY[HEADER.FIELDS (X)]|BODY[|<0>|<5>|RFC822 |FLAGS |()|EXISTS|RECENT|EXPUNGE|VANISHED |SEARCH |ESEARCH |ALL |1:3,7|LIST |\
    STATUS |x|CAPABILITY |IMAP4rev1|IMAP4rev1x|AUTH=PLAIN|METADATA |\"/\"|/private|INBOX|\u{0}|abc|* 1 EXISTS\r\n|\
    * 2 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n|A1 OK done\r\n";

#[test]
fn any_bytes_in_any_pieces_come_to_the_same_and_are_parsed() {
    let pieces: Vec<&str> = PIECES.split('|').collect();
    for seed in 0..20_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut text = Vec::new();
        for _ in 0..random.usize(1..60) {
            match random.u8(..) {
                0..8 => text.push(random.u8(..)),
                _ => text.extend_from_slice(pieces[random.usize(..pieces.len())].as_bytes()),
            }
        }
        let whole = fed(&text, || usize::MAX);
        let most = random.usize(1..40);
        let cut = fed(&text, || random.usize(1..=most));
        assert_eq!(whole.is_ok(), cut.is_ok(), "seed {seed}");
        if let (Ok(whole), Ok(cut)) = (whole, cut) {
            assert_eq!(whole, cut, "seed {seed}");
            let (_, rest) = parsed(&whole.0);
            // And where the connection ends in the midst of it.
            for end in 0..whole.0.len().min(200) {
                parsed(&whole.0[..end]);
            }
            let begun = rest.is_empty() || rest.starts_with(b"* ");
            assert!(begun, "seed {seed}: {}", String::from_utf8_lossy(rest));
        }
    }
}

/// Returns what is read in pieces of `piece` bytes, from a stream that brings `step` at a time.
async fn read_in(text: &str, step: usize, piece: usize) -> Vec<u8> {
    let (inside, mut outside) = tokio::io::duplex(step);
    let bytes = text.as_bytes().to_vec();
    tokio::spawn(async move { outside.write_all(&bytes).await });
    let (mut guard, _) = ResponseGuard::new(inside, LogLimit::about("lines"));
    guard.begin(b"\r\n* PREAUTH in\r\n".to_vec()).unwrap();
    let (mut all, mut buffer) = (Vec::new(), vec![0; piece]);
    loop {
        match guard.read(&mut buffer).await.unwrap() {
            0 => return all,
            length => all.extend_from_slice(&buffer[..length]),
        }
    }
}

#[tokio::test]
async fn responses_are_handed_on_however_they_come_and_however_little_room_there_is() {
    let text = "* ID NIL\r\n* 1 FETCH ()\r\n* 1 FETCH (BODY[]<0> {7}\r\nab\r\ncde UID 1)\r\nA1 OK done\r\n* half";
    let wanted = "* PREAUTH in\r\n* 1 FETCH (FLAGS ())\r\n* 1 FETCH (BODY[] {7}\r\nab\r\ncde UID 1)\r\nA1 OK done\r\n";
    for step in [1, 2, 3, 7, 1000] {
        for piece in [1, 5, 64, 1000] {
            let read = read_in(text, step, piece).await;
            assert_eq!(String::from_utf8(read).unwrap(), wanted, "{step} {piece}");
        }
    }
}

#[tokio::test]
async fn what_is_not_handed_on_counts_as_silence() {
    let (inside, mut outside) = tokio::io::duplex(1000);
    let (mut guard, received) = ResponseGuard::new(inside, LogLimit::about("lines"));
    guard.begin(Vec::new()).unwrap();
    outside
        .write_all(b"* X still here\r\n\r\n* 1 EXISTS\r\n")
        .await
        .unwrap();
    let mut buffer = [0; 100];
    assert_eq!(guard.read(&mut buffer).await.unwrap(), 12);
    assert_eq!(received.total(), 12);
    assert_eq!(received.unread(), None);
    outside
        .write_all(b"A1 WHAT\r\n* 2 EXISTS\r\n")
        .await
        .unwrap();
    assert_eq!(guard.read(&mut buffer).await.unwrap(), 12);
    let told = received.unread().unwrap();
    assert_eq!(told, "a line could not be read: `A1 WHAT` (7 bytes)");
}
