//! `nikkan rewind`: takes back what a clock that was ahead has done.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::terminal::{ask, counted, exit, moment, say};
use super::{CommandContext, open_archive};
use crate::archive::{Rewound, SealedAhead};

/// Open the days again that were sealed by a clock that was ahead
///
/// Until the calendar gets there, no digest follows: `nikkan status` says so. What readers were told stays told; a digest
/// that waits is cancelled, and that of its day tells it. Set the clock first. Safe to repeat, also while the daemon runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan rewind
  nikkan rewind --yes")]
pub(super) struct Arguments {
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = open_archive(&config)?;
    if let Some(why) = context.clock.disbelief() {
        bail!("{why}, then run nikkan again");
    }
    let now = context.clock.now();
    let ahead = archive.sealed_ahead(context.clock.today()).await?;
    say(&format!("it is {} by this machine's clock", moment(now)));
    for digest in &ahead {
        say(&account(digest));
    }
    if !ahead.is_empty() && !arguments.yes {
        match ask("Open these days again?")? {
            Some(true) => {}
            Some(false) => return Ok(exit(false)),
            None => bail!("nothing was changed; `nikkan rewind --yes` does it without asking"),
        }
    }
    let rewound = archive
        .rewind(now)
        .await
        .context("the days could not be opened again")?;
    archive.close().await;
    say(&summary(&rewound));
    Ok(ExitCode::SUCCESS)
}

/// Says what a digest of days to come is.
fn account(digest: &SealedAhead) -> String {
    let SealedAhead {
        edition,
        since,
        day,
        told,
    } = digest;
    let days = match since == day {
        true => day.to_string(),
        false => format!("{since} to {day}"),
    };
    let mail = match told {
        true => "its mail has left, and what it told stays told",
        false => "its mail has not left, and is cancelled",
    };
    format!("the digest of {days} for `{edition}` was sealed before its days were over; {mail}")
}

fn summary(rewound: &Rewound) -> String {
    if *rewound == Rewound::default() {
        return "no day was sealed before it was over; there is nothing to take back".into();
    }
    let mut said = Vec::new();
    if !rewound.digests.is_empty() {
        let count = counted(rewound.digests.len() as u64, "digest");
        said.push(format!("{count} taken back, their days are open again"));
    }
    said.extend(
        rewound
            .editions
            .iter()
            .map(|edition| format!("`{edition}` begins anew, with today")),
    );
    if rewound.redated > 0 {
        let count = counted(rewound.redated as u64, "announcement");
        said.push(format!("{count} dated by the wrong clock now of today"));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_is_told_in_a_line_each() {
        let day = |text: &str| text.parse().unwrap();
        let mut digest = SealedAhead {
            edition: "daily".into(),
            since: day("2025-11-28"),
            day: day("2026-06-16"),
            told: true,
        };
        assert!(account(&digest).starts_with("the digest of 2025-11-28 to 2026-06-16 for `daily`"));
        digest.since = digest.day;
        digest.told = false;
        assert!(
            account(&digest).contains("of 2026-06-16 for")
                && account(&digest).ends_with("cancelled")
        );
        let rewound = Rewound {
            digests: vec![digest],
            editions: vec!["weekly".into()],
            redated: 2,
        };
        assert_eq!(
            summary(&rewound),
            "1 digest taken back, their days are open again; `weekly` begins anew, with today; \
             2 announcements dated by the wrong clock now of today"
        );
        assert!(summary(&Rewound::default()).contains("nothing to take back"));
    }
}
