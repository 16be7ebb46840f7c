//! What a server that falls silent comes to, and how long that takes; no real time passes.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::time::Instant;

use super::script::word;
use crate::endpoint::Stream;
use crate::mail;
use crate::outbox::Outcome;
use crate::outbox::dialogue::Dialogue;
use crate::outbox::envelope::Envelope;
use crate::outbox::extensions::Extensions;
use crate::outbox::session::Session;
use crate::outbox::transaction::Transaction;

/// What a server does at the step at which it is no longer willing.
#[derive(Clone, Copy)]
enum Last {
    /// Says this, and nothing more.
    Says(&'static str),
    /// Says this, an octet a minute.
    Slowly(&'static str),
    /// Says this again and again.
    Endlessly(&'static str),
    /// Reads no more of the mail, and says this.
    ReadsNoMore(&'static str),
}

/// Hands one mail in to a server that is willing up to the step with this number; returns the outcome and the minutes that it
/// took.
async fn hand_in(step: usize, last: Last) -> (Outcome, u64) {
    let (client, server) = tokio::io::duplex(4096);
    tokio::spawn(serve(server, step, last));
    let mut session = Session {
        dialogue: Dialogue::new(Stream::InProcess(client), mail::unlabelled_text),
        extensions: Extensions::default(),
        certificate_expires: None,
        date: None,
        hello: String::new(),
        mails: 0,
        in_transaction: false,
        is_over: false,
    };
    let envelope = Envelope::read("a@example.net", "b@example.net").unwrap();
    let text = b"a line\r\n".repeat(1000);
    let mail = Transaction {
        envelope: &envelope,
        text: Some((b"", &text)),
        end: None,
    };
    let start = Instant::now();
    let outcome = match mail.make(&mut session).await {
        Ok(said) => Outcome::Delivered(said),
        Err(halt) => halt.outcome,
    };
    // Whose reply was cut off, nobody knows where the next one would begin.
    assert!(matches!(last, Last::Slowly(_)) || !session.is_ready().await);
    (outcome, start.elapsed().as_secs() / 60)
}

async fn serve(server: DuplexStream, step: usize, last: Last) {
    let mut server = BufReader::new(server);
    let mut line = String::new();
    for at in 0.. {
        let in_text = at == 3;
        if in_text
            && step == 3
            && let Last::ReadsNoMore(said) = last
        {
            tokio::time::sleep(Duration::from_secs(1)).await;
            server.write_all(said.as_bytes()).await.unwrap();
            break;
        }
        line.clear();
        while server.read_line(&mut line).await.unwrap() > 0 && in_text && line != ".\r\n" {
            line.clear();
        }
        if at == step {
            // The client may have heard enough.
            let _ = end(&mut server, last).await;
            break;
        }
        let reply = if at == 2 {
            "354 go on\r\n"
        } else {
            "250 ok\r\n"
        };
        server.write_all(reply.as_bytes()).await.unwrap();
    }
    std::future::pending::<()>().await;
}

async fn end(server: &mut BufReader<DuplexStream>, last: Last) -> std::io::Result<()> {
    match last {
        Last::Says(said) | Last::ReadsNoMore(said) => server.write_all(said.as_bytes()).await,
        Last::Slowly(said) => {
            for octet in said.as_bytes() {
                tokio::time::sleep(Duration::from_secs(60)).await;
                server.write_all(&[*octet]).await?;
            }
            Ok(())
        }
        Last::Endlessly(said) => loop {
            server.write_all(said.as_bytes()).await?;
        },
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_waited_for_as_long_as_its_step_may_take_and_digits_that_came_decide() {
    for (step, last, expected, minutes) in [
        (0, Last::Says(""), "deferred", 5),
        (1, Last::Says(""), "deferred", 5),
        (2, Last::Says(""), "deferred", 5),
        (2, Last::Says("35"), "deferred", 5),
        (
            2,
            Last::Says("354 go on\r\n552 5.3.4 no, don't\r\n"),
            "needs a hand",
            0,
        ),
        (2, Last::Says("354 go on\r\n250 taken\r\n"), "deferred", 0),
        (3, Last::Says(""), "uncertain", 10),
        (3, Last::Says("25"), "uncertain", 10),
        (3, Last::Says("thank you\r\n"), "uncertain", 10),
        (3, Last::Says("250 no line end"), "delivered", 10),
        (3, Last::Says("250-and no second line\r\n"), "delivered", 10),
        (3, Last::Says("354 go on\r\n"), "uncertain", 10),
        (3, Last::Says("550 5.1.1 no line end"), "refused", 10),
        (3, Last::Slowly("250 ok\r\n"), "delivered", 8),
        (3, Last::Endlessly("250-and on\r\n"), "delivered", 0),
        (3, Last::Endlessly("and on\r\n"), "uncertain", 0),
        (1, Last::Endlessly("and on\r\n"), "deferred", 0),
        (3, Last::ReadsNoMore(""), "deferred", 3),
        (
            3,
            Last::ReadsNoMore("552 5.3.4 too big\r\n"),
            "needs a hand",
            3,
        ),
    ] {
        let (outcome, passed) = hand_in(step, last).await;
        assert_eq!(
            (word(&outcome), passed),
            (expected, minutes),
            "{step}: {outcome:?}"
        );
    }
}
