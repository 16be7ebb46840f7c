//! Dialogues with a server that answers as it is told: every class of reply at every step, in forms that real servers
//! send, and cut at every byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const MAIL: &[u8] = b"Subject: a digest\r\n\r\n.A line that begins with a dot\r\n";

/// The steps, and what a willing server says at each.
const STEPS: [(&str, &str); 6] = [
    ("greeting", "220 mail.example ready"),
    (
        "EHLO",
        "250-mail.example\r\n250-SIZE 1000000\r\n250 8BITMIME",
    ),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT", "250 2.1.5 ok"),
    ("DATA", "354 go on"),
    ("end", "250 2.0.0 taken"),
];

/// What a server says instead at some steps. What does not end with a line feed is cut there, and the connection with it.
type Script = Vec<(&'static str, Vec<u8>)>;

/// Plays one dialogue; returns its outcome, how many copies of the mail the server took, and all that it heard.
async fn play(script: Script, keys: &str) -> (Outcome, u32, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(AtomicU32::new(0));
    let count = taken.clone();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut heard = String::new();
        // A connection that ends is an end of the dialogue.
        let _ = serve(stream, &script, &count, &mut heard).await;
        heard
    });
    let keys = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n{keys}");
    let smtp = Smtp::new(toml::from_str(&keys).unwrap());
    let outcome = smtp
        .submit(Submission {
            sender: "a@example.net",
            recipient: "b@example.net",
            own: b"",
            bytes: MAIL,
        })
        .await;
    smtp.rest().await;
    let heard = server.await.unwrap();
    (outcome, taken.load(Ordering::SeqCst), heard)
}

async fn serve(
    stream: TcpStream,
    script: &Script,
    taken: &AtomicU32,
    heard: &mut String,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let reply_to = |step: &str| {
        let told = script.iter().find(|(at, _)| *at == step);
        let usual = STEPS.iter().find(|(at, _)| *at == step);
        let usual = || usual.map_or("250 ok".into(), |(_, reply)| (*reply).to_owned()) + "\r\n";
        told.map_or_else(|| usual().into_bytes(), |(_, reply)| reply.clone())
    };
    let mut step = "greeting".to_owned();
    loop {
        let reply = reply_to(&step);
        if step == "end" && reply.trim_ascii_start().first() == Some(&b'2') {
            taken.fetch_add(1, Ordering::SeqCst);
        }
        stream.write_all(&reply).await?;
        stream.flush().await?;
        if !reply.ends_with(b"\n") {
            return stream.shutdown().await;
        }
        if step == "DATA" && reply.trim_ascii_start().starts_with(b"3") {
            let mut text = Vec::new();
            while !text.ends_with(b"\r\n.\r\n") {
                text.push(stream.read_u8().await?);
            }
            assert!(text.starts_with(b"Subject: a digest\r\n\r\n..A line"));
            "end".clone_into(&mut step);
            continue;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        heard.push_str(&line);
        let word = line.trim_end().split(' ').next().unwrap_or_default();
        step = word.to_ascii_uppercase();
    }
}

/// The forms of a reply: its code with text as servers send it.
fn forms(code: &str) -> Vec<Vec<u8>> {
    let with = |text: &[u8]| [code.as_bytes(), text, b"\r\n"].concat();
    vec![
        with(b" plain words"),
        with(b""),
        with(b" "),
        with(b" \xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xd5"),
        with(b" utilisateur d\xe9sol\xe9"),
        with(format!(" {}", "x".repeat(5000)).as_bytes()),
        format!("{code}-one\r\n{code}-two\r\n{code} three\r\n").into_bytes(),
        format!("{code}-one\r\n{code}\r\n").into_bytes(),
        format!("\r\n{code} after a blank line\r\n").into_bytes(),
        format!("{code} bare\n").into_bytes(),
        format!("{code} \x1b[31mred\x07\0\r\n").into_bytes(),
    ]
}

/// A letter for an outcome: delivered, deferred, needs a hand, refused, uncertain.
fn letter(outcome: &Outcome) -> char {
    match outcome {
        Outcome::Delivered(_) => 'D',
        Outcome::Deferred(_) => 'f',
        Outcome::Throttled(_) => 't',
        Outcome::NeedsHand(_) => 'h',
        Outcome::Refused(_) => 'r',
        Outcome::Uncertain(_) => 'u',
    }
}

#[tokio::test]
async fn every_class_of_reply_at_every_step_in_every_form() {
    let mut played = 0;
    for (step, usual) in STEPS {
        let good = &usual[..3];
        for (code, expected) in [
            (good, 'D'),
            ("421", 't'),
            ("451", 'f'),
            ("500", 'h'),
            ("550", if step == "RCPT" { 'r' } else { 'h' }),
            ("554", 'h'),
        ] {
            for form in forms(code) {
                // EHLO's own 500 is asked again as HELO, which this server knows.
                let expected = match (step, code) {
                    ("EHLO", "500") => 'D',
                    _ => expected,
                };
                let (outcome, copies, _) = play(vec![(step, form.clone())], "").await;
                let shown = String::from_utf8_lossy(&form);
                assert_eq!(
                    letter(&outcome),
                    expected,
                    "{step} {shown:.60}: {outcome:?}"
                );
                assert_eq!(copies, u32::from(expected == 'D'), "{step} {shown:.60}");
                let words = format!("{outcome:?}");
                assert!(words.len() < 1000 && !words.contains("\\u{1b}"), "{words}");
                played += 1;
            }
        }
    }
    eprintln!("{played} dialogues");
    assert!(played > 300);
}

#[tokio::test]
async fn a_reply_that_is_cut_counts_once_its_digits_have_come() {
    for (step, usual) in STEPS {
        let whole = format!("{usual}\r\n").into_bytes();
        // Behind a whole line the connection would stay, and the server be waited for.
        for cut in (0..whole.len() - 1).filter(|cut| *cut == 0 || whole[cut - 1] != b'\n') {
            let (outcome, copies, _) = play(vec![(step, whole[..cut].to_vec())], "").await;
            let expected = match (step, cut) {
                // The text was on its way when the connection ended.
                ("end", 0..3) => 'u',
                ("end", _) => 'D',
                // `SIZE 1` is what the server takes, as far as it has told.
                ("EHLO", _) if letter(&outcome) == 'h' => 'h',
                _ => 'f',
            };
            assert_eq!(letter(&outcome), expected, "{step} {cut}: {outcome:?}");
            // One that was taken without a word is sent again: better twice than never.
            assert!(copies <= 1);
        }
    }
}

#[tokio::test]
async fn refusals_at_the_end_of_the_mail_are_the_operators_or_the_readers() {
    for (reply, expected) in [
        ("550 5.1.1 no such user", 'r'),
        ("552 5.2.2 mailbox full", 'f'),
        ("554 5.7.1 spam", 'h'),
        ("552 5.3.4 too big", 'h'),
        ("451 4.3.0 later", 'f'),
        ("354 go on, and on\r\n250 taken", 'D'),
    ] {
        let (outcome, ..) = play(vec![("end", format!("{reply}\r\n").into_bytes())], "").await;
        assert_eq!(letter(&outcome), expected, "{reply}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_login_is_made_in_whatever_spelling_it_is_offered() {
    let keys = "username = \"reader\"\npassword = \"secret\"\n";
    for offer in [
        "AUTH PLAIN LOGIN",
        "auth plain",
        "AUTH=PLAIN",
        "AUTH  Login",
    ] {
        let ehlo = format!("250-mail.example\r\n250 {offer}\r\n").into_bytes();
        // LOGIN's prompts in a language that nobody expected.
        let prompts = "334 44Om44O844K25ZCN\r\n".as_bytes().to_vec();
        let auth = match offer.to_ascii_uppercase().contains("PLAIN") {
            true => b"235 2.7.0 welcome\r\n".to_vec(),
            false => prompts.clone(),
        };
        let script = vec![
            ("EHLO", ehlo),
            ("AUTH", auth),
            ("CMVHZGVY", prompts),
            ("C2VJCMV0", b"235 welcome\r\n".to_vec()),
        ];
        let (outcome, _, heard) = play(script, keys).await;
        assert_eq!(letter(&outcome), 'D', "{offer}: {outcome:?}\n{heard}");
    }
    let refused = vec![
        ("EHLO", b"250-mail.example\r\n250 AUTH PLAIN\r\n".to_vec()),
        (
            "AUTH",
            b"535 5.7.8 \xc3\xdc\xc2\xeb\xb4\xed\xce\xf3\r\n".to_vec(),
        ),
    ];
    let (outcome, ..) = play(refused, keys).await;
    assert!(
        matches!(&outcome, Outcome::NeedsHand(said) if said.contains("密码错误") && said.contains("check the keys username and password")),
        "{outcome:?}"
    );
    let (outcome, ..) = play(Vec::new(), keys).await;
    assert!(
        matches!(&outcome, Outcome::NeedsHand(said) if said.contains("does not offer a login with a password")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_is_said_fits_what_is_offered() {
    let (_, _, heard) = play(Vec::new(), "").await;
    let size = format!("MAIL FROM:<a@example.net> SIZE={}\r\n", MAIL.len());
    assert!(heard.contains(&size), "{heard}");
    assert!(heard.contains("RCPT TO:<b@example.net>\r\n"), "{heard}");
    // A full name, or the address of this end.
    let hello = heard.lines().next().unwrap().strip_prefix("EHLO ").unwrap();
    assert!(hello == "[127.0.0.1]" || hello.contains('.'), "{hello}");
    let small = vec![("EHLO", b"250-mail.example\r\n250 SIZE 10\r\n".to_vec())];
    let (outcome, copies, heard) = play(small, "").await;
    assert_eq!((letter(&outcome), copies), ('h', 0));
    assert!(!heard.contains("MAIL"), "{heard}");
    let old = vec![("EHLO", b"502 what?\r\n".to_vec())];
    let (outcome, _, heard) = play(old, "").await;
    assert_eq!(letter(&outcome), 'D');
    assert!(
        heard.contains("HELO ") && heard.contains("MAIL FROM:<a@example.net>\r\n"),
        "{heard}"
    );
}
