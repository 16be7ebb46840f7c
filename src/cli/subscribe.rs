//! `nikkan subscribe` and `nikkan unsubscribe`: the requests to the lists, by mail. The daemon answers what
//! the lists ask back.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tokio_util::sync::CancellationToken;

use super::terminal::say;
use super::{CommandContext, Usage};
use crate::announcement::{List, Lists};
use crate::archive::{
    Archive, ArchiveError, DaemonLock, DeliveryState, SubscriptionAction, SubscriptionState,
};
use crate::config::Config;
use crate::outbox::{self, Smtp};
use crate::press;

/// Join lists by mail
///
/// Mails each list the request to send its mail to the mailbox's address. The list asks for a confirmation, which
/// `nikkan run` answers where it comes within three days; `nikkan lists` shows how far it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan subscribe i-d-announce ietf-announce rfc-dist
  nikkan subscribe rfc-dist --address reader@example.net
  nikkan lists                          how far it is")]
pub(super) struct Join {
    #[command(flatten)]
    request: Request,
}

/// Leave lists by mail
///
/// Mails each list the request to send nothing any more. The list asks for a confirmation, which `nikkan run` answers
/// where it comes within three days; `nikkan lists` shows how far it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan unsubscribe rfc-dist
  nikkan unsubscribe rfc-dist --address reader@example.net")]
pub(super) struct Leave {
    #[command(flatten)]
    request: Request,
}

#[derive(Debug, clap::Args)]
struct Request {
    /// The lists, by the names that `nikkan lists` shows
    #[arg(value_name = "LIST", required = true)]
    lists: Vec<String>,

    /// The address that the lists know [default: username in [mailbox], where it is an address]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
}

pub(super) async fn join(arguments: Join, context: CommandContext) -> Result<ExitCode> {
    run(arguments.request, SubscriptionAction::Join, context).await
}

pub(super) async fn leave(arguments: Leave, context: CommandContext) -> Result<ExitCode> {
    run(arguments.request, SubscriptionAction::Leave, context).await
}

async fn run(
    request: Request,
    action: SubscriptionAction,
    context: CommandContext,
) -> Result<ExitCode> {
    let config = context.config()?;
    let known = Lists::new(&config.lists);
    let lists = named(&request.lists, &known)?;
    let directory = config.archive_directory()?;
    // Before the daemon's first start there is no archive yet: what is asked must not be forgotten until then.
    let archive = Archive::open(&directory)?;
    let address = match request.address {
        Some(address) => address,
        None => usual_address(&config, &archive, action, &lists).await?,
    };
    let now = context.clock.now();
    let mails = lists
        .iter()
        .map(|list| press::subscription_request(list, action, &address, now))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|why| Usage(why.to_string()))?;
    // Where the daemon runs it hands in, and only it may be able to read the password.
    let lock = match DaemonLock::acquire(&directory) {
        Ok(lock) => {
            config.check_files()?;
            Ok(lock)
        }
        Err(ArchiveError::Held { holder, .. }) => Err(holder),
        Err(error) => return Err(error.into()),
    };
    for (list, mail) in lists.iter().zip(mails) {
        archive
            .request_subscription(&list.name, action, mail, now)
            .await
            .context("the request could not be noted")?;
    }
    let names = lists.iter().map(|list| list.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let _lock = match lock {
        Ok(lock) => lock,
        Err(holder) => {
            say(&format!(
                "the request to {} {names} for {address} is written; the daemon (process {holder}) sends it within half a minute",
                action.name()
            ));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let smtp = Smtp::new(config.smtp.clone());
    let stop = CancellationToken::new();
    outbox::deliver_due(&archive, &smtp, &context.clock, &stop).await?;
    let waiting: Vec<_> = archive
        .subscriptions()
        .await?
        .into_iter()
        .filter(|one| lists.iter().any(|list| list.name == one.list))
        .filter(|one| one.command != DeliveryState::Sent)
        .collect();
    archive.close().await;
    if !waiting.is_empty() {
        let told = waiting.iter().map(|open| {
            let next = if open.state == SubscriptionState::Refused {
                "when that is mended, ask again"
            } else {
                "`nikkan run` tries again"
            };
            format!(
                "the request to {} could not be handed in: {}; {next}",
                open.list, open.response
            )
        });
        bail!("{}", told.collect::<Vec<_>>().join("; "));
    }
    say(&format!(
        "asked to {} {names} for {address}; the confirmation that each list wants is answered by `nikkan run`, and `nikkan lists` shows how far it is",
        action.name()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Returns the lists with these names, each once.
fn named<'a>(names: &[String], known: &'a Lists) -> Result<Vec<&'a List>, Usage> {
    let mut lists: Vec<&List> = Vec::new();
    for name in names {
        let list = known.get(name).ok_or_else(|| {
            Usage(format!(
                "`{name}` is no list that nikkan knows ({}); another one needs a [[list]] in the configuration",
                known.names().join(", ")
            ))
        })?;
        if !lists.iter().any(|other| other.name == list.name) {
            lists.push(list);
        }
    }
    Ok(lists)
}

/// Returns the address that was asked for before, when a list is left; else the mailbox's login name, if it is one.
async fn usual_address(
    config: &Config,
    archive: &Archive,
    action: SubscriptionAction,
    lists: &[&List],
) -> Result<String> {
    if action == SubscriptionAction::Leave {
        let asked = archive.subscriptions().await?;
        let mut before = asked
            .into_iter()
            .filter(|one| lists.iter().any(|list| list.name == one.list));
        if let Some(first) = before.next()
            && before.all(|other| other.address == first.address)
        {
            return Ok(first.address);
        }
    }
    let login = &config.mailbox.login.username;
    if press::is_address(login) {
        return Ok(login.clone());
    }
    Err(Usage(format!(
        "the login name `{login}` in [mailbox] is no mail address: say with --address which one the mailbox receives mail for"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_named_as_they_are_known() {
        let known = Lists::built_in();
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            named(&names, &known)
                .map(|lists| lists.iter().map(|list| list.id.clone()).collect::<Vec<_>>())
                .map_err(|why| why.to_string())
        };
        assert_eq!(
            names(&["rfc-dist", "i-d-announce", "rfc-dist"]).unwrap(),
            ["rfc-dist.rfc-editor.org", "i-d-announce.ietf.org"]
        );
        assert_eq!(
            names(&["netmod"]).unwrap_err(),
            "`netmod` is no list that nikkan knows (i-d-announce, ietf-announce, rfc-dist); another one needs a [[list]] in the configuration"
        );
    }
}
