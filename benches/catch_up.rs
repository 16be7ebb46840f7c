//! Catching up with 20,000 messages of 3 kB, beside a client that sends the same FETCH commands and only drains the
//! socket: the figure is the ratio of the two in one run, on one server. The memory is that of the binary doing the same.
#![allow(clippy::unwrap_used)] // A bench that cannot measure says why and ends.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lab::daemon::{Home, Setup};
use lab::dovecot::{Dovecot, PASSWORD, USER};
use lab::observed::Observed;
use lab::smtp_receiver::SmtpReceiver;
use nikkan::announcement::Lists;
use nikkan::archive::Archive;
use nikkan::clock::{Clock, Day};
use nikkan::mailbox;
use tokio_util::sync::CancellationToken;

const MESSAGES: usize = 20_000;

fn main() {
    let messages = lab::announcements(MESSAGES);
    let size: usize = messages.iter().map(Vec::len).sum();
    println!("{MESSAGES} messages of {} bytes", size / MESSAGES);
    let dovecot = Dovecot::start();
    dovecot.fill(&messages);

    let commands = commands_of_a_catch_up(&dovecot);
    println!("{} FETCH commands", commands.len());
    // The clock of the drain starts like the catch-up's: with the folder open, before the first FETCH.
    let drain = |commands: &[String]| {
        let start = Instant::now();
        let mut client = dovecot.client();
        client.run("EXAMINE INBOX");
        let opened = Instant::now();
        for command in commands {
            client.drain(command);
        }
        let reading = opened.elapsed();
        client.run("LOGOUT");
        Took {
            reading,
            session: start.elapsed(),
        }
    };
    let one = ["UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.262144>)".to_owned()];
    println!(
        "drained in one command: {:.2} s",
        drain(&one).reading.as_secs_f64()
    );
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let drained = drain(&commands);
        let before = on_cores();
        let took = catch_up(dovecot.port);
        let busy = on_cores() - before;
        let ratio = took.reading.as_secs_f64() / drained.reading.as_secs_f64();
        println!(
            "socket drain {:.2} s, caught up and stored {:.2} s ({:.0} messages/s; {busy:.2} s on cores): ratio {ratio:.2}; \
             with login and logout {:.2} s and {:.2} s: {:.2}",
            drained.reading.as_secs_f64(),
            took.reading.as_secs_f64(),
            20_000.0 / took.reading.as_secs_f64(),
            drained.session.as_secs_f64(),
            took.session.as_secs_f64(),
            took.session.as_secs_f64() / drained.session.as_secs_f64(),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2} (at most 2)", ratios[2]);
    println!(
        "peak memory of the binary {:.1} MiB (at most 32)",
        peak(&dovecot)
    );
}

/// What nikkan asks for, as heard by an ear in the line. It also warms the caches for both sides.
fn commands_of_a_catch_up(dovecot: &Dovecot) -> Vec<String> {
    let ear = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (port, server) = (ear.local_addr().unwrap().port(), dovecot.port);
    let heard = std::thread::spawn(move || {
        let (mut client, _) = ear.accept().unwrap();
        let mut to_server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let mut from_server = to_server.try_clone().unwrap();
        let from_client = BufReader::new(client.try_clone().unwrap());
        let answers = std::thread::spawn(move || {
            // The end of either side ends both.
            let _ = std::io::copy(&mut from_server, &mut client);
        });
        let mut commands = Vec::new();
        for line in from_client.lines().map_while(Result::ok) {
            if to_server
                .write_all(format!("{line}\r\n").as_bytes())
                .is_err()
            {
                break;
            }
            if let Some((_, command)) = line.split_once(' ')
                && command.starts_with("UID FETCH")
            {
                commands.push(command.to_owned());
            }
        }
        let _ = to_server.shutdown(Shutdown::Both);
        answers.join().unwrap();
        commands
    });
    catch_up(port);
    heard.join().unwrap()
}

/// How long it took from the first FETCH until all was stored; and with the login before it and the logout behind it.
struct Took {
    reading: Duration,
    session: Duration,
}

fn catch_up(port: u16) -> Took {
    let folder = tempfile::tempdir().unwrap();
    let settings: mailbox::MailboxSettings = toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"\n"
    ))
    .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(folder.path()).unwrap();
        let lists = Lists::built_in();
        let clock = Clock::system();
        let intake = archive.intake(lists.clone(), clock.clone());
        let (intake, stored) = Observed::new(intake);
        let start = Instant::now();
        let stop = CancellationToken::new();
        mailbox::sync_once(&settings, &lists.ids(), &clock, &intake, &stop)
            .await
            .unwrap();
        let session = start.elapsed();
        let reading = *stored.borrow() - intake.opened().unwrap();
        let status = archive.status(Day::of(clock.now())).await.unwrap();
        assert_eq!(usize::try_from(status.messages).unwrap(), MESSAGES);
        Took { reading, session }
    })
}

/// The time that this process has had on all cores so far, in seconds, from the kernel; what else runs on the machine
/// does not count.
fn on_cores() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// The binary's high-water mark in MiB, from the kernel.
fn peak(dovecot: &Dovecot) -> f64 {
    let receiver = SmtpReceiver::start();
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    let mut child = home.command(&["run", "--once"]).spawn().unwrap();
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        peak = lab::memory_of(child.id(), "VmHWM:").max(peak);
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}
