//! Japanese titles, as they were read and judged one by one. `cargo test --test japanese -- --nocapture` prints the figures of
//! docs/japanese.md.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::collections::BTreeMap;

use nikkan::editor::Japanese;

/// One line of the judged set.
struct Judged {
    sample: &'static str,
    /// How its line was judged when the sample was first read; `-` for what the program was built on.
    first: &'static str,
    now: &'static str,
    title: &'static str,
    line: &'static str,
}

fn judged() -> Vec<Judged> {
    let text = include_str!("data/japanese/titles.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|text| {
            let mut fields = text.split('\t');
            let mut next = || fields.next().unwrap_or_default();
            let (sample, first, now, title, line) = (next(), next(), next(), next(), next());
            assert!(["-", "ok", "wrong", "english"].contains(&first), "{text}");
            assert!(
                ["ok", "clumsy", "wrong", "english"].contains(&now),
                "{text}"
            );
            assert_eq!(line.is_empty(), now == "english", "{text}");
            Judged {
                sample,
                first,
                now,
                title,
                line,
            }
        })
        .collect()
}

/// What is wrong of what has a line, and what has one of all.
#[derive(Default)]
struct Figures {
    titles: usize,
    lines: usize,
    clumsy: usize,
    wrong: usize,
}

impl Figures {
    fn count(&mut self, judgement: &str) {
        self.titles += 1;
        self.lines += usize::from(judgement != "english");
        self.clumsy += usize::from(judgement == "clumsy");
        self.wrong += usize::from(judgement == "wrong");
    }

    fn share(part: usize, whole: usize) -> f64 {
        100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
    }

    fn translated(&self) -> f64 {
        Self::share(self.lines, self.titles)
    }

    fn mistaken(&self) -> f64 {
        Self::share(self.wrong, self.lines)
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {} titles, {:.1} % Japanese, of those {:.1} % wrong, {:.1} % clumsy",
            self.titles,
            self.translated(),
            self.mistaken(),
            Self::share(self.clumsy, self.lines)
        );
    }
}

#[test]
fn no_line_differs_from_the_one_that_was_judged() {
    let japanese = Japanese::default();
    let mut differs = Vec::new();
    for judged in judged() {
        let line = japanese.title(judged.title).unwrap_or_default();
        if line != judged.line {
            let (title, was) = (judged.title, judged.line);
            differs.push(format!("{title}\n  judged: {was}\n  now:    {line}"));
        }
    }
    assert!(
        differs.is_empty(),
        "read these, judge them, and write both into tests/data/japanese/titles.tsv:\n{}",
        differs.join("\n")
    );
}

#[test]
fn more_than_half_of_unread_titles_have_a_line_and_few_are_wrong() {
    let mut first: BTreeMap<&str, Figures> = BTreeMap::new();
    let mut unread = Figures::default();
    let mut now = Figures::default();
    for judged in judged() {
        now.count(judged.now);
        if judged.first != "-" {
            first.entry(judged.sample).or_default().count(judged.first);
        }
        // The samples that were read after the forms had been settled on the first one.
        if ["rfcs", "feed"].contains(&judged.sample) {
            unread.count(judged.first);
        }
    }
    for (sample, figures) in &first {
        figures.print(&format!("{sample}, when first read"));
    }
    unread.print("rfcs and feed, when first read");
    now.print("all, as they are now");
    assert!(unread.titles >= 150 && unread.translated() >= 50.0 && unread.mistaken() <= 5.0);
    assert!(now.translated() >= 60.0 && now.mistaken() <= 2.0);
}

/// No blank beside Japanese, none inside of full-width brackets, no polite endings.
#[test]
fn lines_keep_the_typography_of_japanese() {
    let wide = |c: char| !c.is_ascii();
    for judged in judged() {
        let line = judged.line;
        let mut around = line.chars().zip(line.chars().skip(1));
        let blank = around.any(|(a, b)| (a == ' ' && wide(b)) || (wide(a) && b == ' '));
        assert!(!blank, "{line}");
        assert!(!line.contains("です") && !line.contains("ます"), "{line}");
        assert!(!line.contains(['(', ')', ',', '\u{3000}']), "{line}");
    }
}

/// Only terms of several words, names and heads: nothing that could be taken in another sense.
#[test]
fn a_line_for_a_headline_has_no_piece_of_several_senses() {
    let japanese = Japanese::default();
    for (title, sure) in [
        ("YANG Data Model for Network Inventory", true),
        ("Requirements for Agent Gateway", true),
        ("Use Cases for In-Network Computing", true),
        ("Requirements for Agents", false),
        ("Key Transparency Protocol", false),
        ("Frobnication", false),
    ] {
        assert_eq!(japanese.is_sure(title), sure, "{title}");
    }
}

/// Hostile titles: the answer is a refusal or a line, and it comes at once.
#[test]
fn any_title_is_answered() {
    let japanese = Japanese::default();
    let long = [
        "a",
        "(",
        ")",
        "/",
        "and ",
        "the ",
        "TLS (",
        "-",
        "for ",
        "é",
        "　",
        "'",
        ": ",
        "using TLS ",
    ];
    for piece in long {
        for times in [1, 7, 60, 20_000] {
            let title = piece.repeat(times);
            let _ = japanese.title(&title);
            let _ = japanese.gist(&title, Some(&title), &[]);
            let _ = japanese.gist("TLS", Some(&format!("This document defines {title}")), &[]);
        }
    }
    for title in [
        "",
        " ",
        ".",
        "\u{0}\u{7}",
        "(((",
        ")))",
        "A (B (C) D) E",
        "X: : :",
        "of for in",
        "and and",
    ] {
        assert!(japanese.title(title).is_err(), "{title:?}");
    }
}
