//! Whole classes of dialogues, which no table could hold.

use super::script::{word, words};
use super::*;

/// What a reply of this code at this step comes to, for one mail on a new session.
fn expected(step: &str, usual: &str, code: &str) -> &'static str {
    match (step, code) {
        (_, code) if usual.starts_with(code) => "delivered",
        // Asked again as HELO, which this server knows.
        ("EHLO", "500") => "delivered",
        (_, "421") => "throttled",
        (_, "451") => "deferred",
        ("RCPT", "550") => "refused",
        _ => "needs a hand",
    }
}

#[tokio::test]
async fn every_class_of_reply_at_every_step_in_every_form() {
    let mut played = 0;
    for (step, usual) in STEPS {
        for code in [&usual[..3], "421", "451", "500", "550", "554"] {
            for form in forms(code) {
                let expected = expected(step, usual, code);
                let (outcomes, noticed) = play(Play::at(step, &form)).await;
                let shown = String::from_utf8_lossy(&form);
                assert_eq!(
                    words(&outcomes),
                    expected,
                    "{step} {shown:.60}: {outcomes:?}"
                );
                let delivered = u32::from(expected == "delivered");
                assert_eq!(noticed.copies(), delivered, "{step} {shown:.60}");
                let told = format!("{outcomes:?}");
                assert!(told.len() < 1000 && !told.contains("\\u{1b}"), "{told}");
                played += 1;
            }
        }
    }
    assert!(played > 400, "{played} dialogues");
}

#[tokio::test]
async fn on_a_session_with_several_mails_only_the_one_that_is_meant_is_held_up() {
    for (step, usual) in STEPS.into_iter().skip(2) {
        for code in [&usual[..3], "421", "451", "500", "503", "550", "554"] {
            for form in forms(code) {
                let middle = match (step, code) {
                    // Before the mail is sent another session may do, and does.
                    ("MAIL" | "RCPT" | "DATA", "421" | "503") => "delivered",
                    _ => expected(step, usual, code),
                };
                let meant = Play::at(&format!("{step}/2"), &form).for_readers(3);
                let (outcomes, noticed) = play(meant).await;
                let shown = format!(
                    "{step} {:.60}: {outcomes:?}",
                    String::from_utf8_lossy(&form)
                );
                let all = format!("delivered, {middle}, delivered");
                assert_eq!(words(&outcomes), all, "{shown}");
                let copies = if middle == "delivered" { 3 } else { 2 };
                assert_eq!(
                    (noticed.copies(), noticed.taken.len()),
                    (copies, copies as usize)
                );
                assert!(noticed.connections <= 2, "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_reply_that_is_cut_counts_once_its_digits_have_come() {
    for (step, usual) in STEPS {
        let whole = format!("{usual}\r\n").into_bytes();
        // Behind a whole line the connection would stay, and the server be waited for.
        for cut in (0..whole.len() - 1).filter(|cut| *cut == 0 || whole[cut - 1] != b'\n') {
            let (outcomes, noticed) = play(Play::at(step, &whole[..cut])).await;
            let expected = match (step, cut) {
                // The text was on its way when the connection ended.
                ("end", 0..3) => "uncertain",
                ("end", _) => "delivered",
                // `SIZE 1` is what the server takes, as far as it has told.
                ("EHLO", _) if word(&outcomes[0]) == "needs a hand" => "needs a hand",
                _ => "deferred",
            };
            assert_eq!(words(&outcomes), expected, "{step} {cut}: {outcomes:?}");
            // One that was taken without a word is sent again: better twice than never.
            assert!(noticed.copies() <= 1);
        }
    }
}

#[tokio::test]
async fn a_session_that_is_cut_between_two_mails_costs_neither() {
    for (step, usual) in STEPS.into_iter().skip(2) {
        let whole = format!("{usual}\r\n").into_bytes();
        for cut in 0..whole.len() - 1 {
            let meant = Play::at(&format!("{step}/2"), &whole[..cut]).for_readers(3);
            let (outcomes, noticed) = play(meant).await;
            let middle = match (step, cut) {
                ("end", 0..3) => "uncertain",
                _ => "delivered",
            };
            let all = format!("delivered, {middle}, delivered");
            assert_eq!(words(&outcomes), all, "{step} {cut}: {outcomes:?}");
            assert_eq!(noticed.connections, 2);
            assert!(noticed.taken.values().all(|copies| *copies == 1));
        }
    }
}

#[tokio::test]
async fn a_login_is_made_in_whatever_spelling_it_is_offered() {
    let keys = "username = \"reader\"\npassword = \"secret\"";
    for offer in [
        "AUTH PLAIN LOGIN",
        "auth plain",
        "AUTH=PLAIN",
        "AUTH  Login",
    ] {
        let login = Play::at(
            "EHLO",
            format!("250-mail.example\r\n250 {offer}\r\n").as_bytes(),
        )
        .with_keys(keys);
        let login = match offer.to_ascii_uppercase().contains("PLAIN") {
            true => login.and("AUTH", b"235 2.7.0 welcome\r\n"),
            // LOGIN's prompts in a language that nobody expected.
            false => login
                .and("AUTH", b"334 44Om44O844K25ZCN\r\n")
                .and("answer/1", b"334 44OR44K544Ov44O844OJ\r\n")
                .and("answer/2", b"235 welcome\r\n"),
        };
        let (outcomes, noticed) = play(login).await;
        assert_eq!(
            words(&outcomes),
            "delivered",
            "{offer}: {outcomes:?}\n{}",
            noticed.heard
        );
    }
    let refused = Play::at("EHLO", b"250-mail.example\r\n250 AUTH PLAIN\r\n")
        .and("AUTH", b"535 5.7.8 \xc3\xdc\xc2\xeb\xb4\xed\xce\xf3\r\n")
        .with_keys(keys);
    let told = format!("{:?}", play(refused).await.0);
    assert!(
        told.contains("NeedsHand")
            && told.contains("密码错误")
            && told.contains("check the keys username and password"),
        "{told}"
    );
    let told = format!("{:?}", play(Play::default().with_keys(keys)).await.0);
    assert!(
        told.contains("NeedsHand") && told.contains("does not offer a login with a password"),
        "{told}"
    );
}

#[tokio::test]
async fn a_login_is_made_once_for_many_mails() {
    let many = Play::at("EHLO", b"250-mail.example\r\n250 AUTH PLAIN\r\n")
        .with_keys("username = \"reader\"\npassword = \"secret\"\nmails_per_session = 4")
        .for_readers(10);
    let (outcomes, noticed) = play(many).await;
    assert!(outcomes.iter().all(|outcome| word(outcome) == "delivered"));
    assert_eq!((noticed.connections, noticed.copies()), (3, 10));
    let said = |word: &str| {
        noticed
            .heard
            .lines()
            .filter(|line| line.starts_with(word))
            .count()
    };
    assert_eq!((said("AUTH"), said("QUIT"), said("RSET")), (3, 3, 0));
}

#[tokio::test]
async fn what_is_said_fits_what_is_offered() {
    let (_, noticed) = play(Play::default()).await;
    let heard = &noticed.heard;
    let size = b"To: somebody\r\n".len() + MAIL.len();
    let mail = format!("MAIL FROM:<a@example.net> SIZE={size}\r\n");
    assert!(heard.contains(&mail), "{heard}");
    assert!(heard.contains("RCPT TO:<b@example.net>\r\n"), "{heard}");
    // A full name, or the address of this end.
    let hello = heard.lines().next().unwrap().strip_prefix("EHLO ").unwrap();
    assert!(hello == "[127.0.0.1]" || hello.contains('.'), "{hello}");
    let named = Play::at("EHLO", b"502 what?\r\n").with_keys("helo = \"mail.example.net\"");
    let heard = play(named).await.1.heard;
    assert!(
        heard.starts_with(
            "EHLO mail.example.net\r\nHELO mail.example.net\r\nMAIL FROM:<a@example.net>\r\n"
        ),
        "{heard}"
    );
    let mut outside = Play::at(
        "EHLO",
        b"250-mail.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    );
    outside.readers = vec!["Grüße@Bücher.example".into(), "b@Bücher.example".into()];
    let heard = play(outside).await.1.heard;
    for said in [
        "MAIL FROM:<a@example.net> SMTPUTF8\r\nRCPT TO:<Grüße@xn--bcher-kva.example>\r\n",
        "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@xn--bcher-kva.example>\r\n",
    ] {
        assert!(heard.contains(said), "{heard}");
    }
}

#[tokio::test]
async fn mails_at_once_have_a_session_each_and_keep_it() {
    let mut at_once = Play::default().for_readers(12);
    at_once.others = 2;
    let (outcomes, noticed) = play(at_once).await;
    assert_eq!(words(&outcomes), ["delivered"; 12].join(", "));
    assert_eq!((noticed.connections, noticed.taken.len()), (3, 12));
}

#[tokio::test]
async fn a_session_too_many_leaves_the_others_for_a_round_with_fewer() {
    let one_only = Play::at("greeting/2", b"")
        .with_keys("mails_per_session = 1")
        .for_readers(4);
    let (outcomes, noticed) = play(one_only).await;
    assert_eq!(
        words(&outcomes),
        "delivered, throttled, throttled, throttled"
    );
    assert_eq!((noticed.connections, noticed.copies()), (2, 1));
    // Where none could be had, that is how it is.
    let none = Play::at("greeting", b"").for_readers(2);
    assert_eq!(words(&play(none).await.0), "deferred, deferred");
}
