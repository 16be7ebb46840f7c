//! `nikkan subscribe` and `nikkan unsubscribe`: the requests to the lists, by mail. The daemon answers what
//! the lists ask back.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::asked::{Holder, PATIENCE, hand_in_and_see, lock_or_holder};
use super::terminal::say;
use super::{CommandContext, Usage};
use crate::announcement::{List, Lists};
use crate::archive::{Archive, DeliveryState, Subscription, SubscriptionAction, SubscriptionState};
use crate::config::Config;
use crate::{daemon, press};

#[derive(Debug, clap::Args)]
pub(super) struct Request {
    /// The lists, by the names that `nikkan lists` shows
    #[arg(value_name = "LIST", required = true)]
    lists: Vec<String>,

    /// The address that the lists know [default: username in [mailbox], where it is an address]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
}

pub(super) async fn run(
    request: Request,
    action: SubscriptionAction,
    context: CommandContext,
) -> Result<ExitCode> {
    let config = context.config()?;
    let known = Lists::new(&config.lists);
    let lists = named(&request.lists, &known)?;
    daemon::refuse_lost(&config).await?;
    // Before the daemon's first start there is no archive yet: what is asked must not be forgotten until then.
    let archive = Archive::open(&config.archive_directory()?)?;
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
    if lock_or_holder(&config, action.name())?.is_ok() {
        config.check_files()?;
    }
    for (list, mail) in lists.iter().zip(mails) {
        archive
            .request_subscription(&list.name, action, mail, now)
            .await
            .context("the request could not be noted")?;
    }
    let verb = action.name();
    let names: Vec<_> = lists.iter().map(|list| list.name.as_str()).collect();
    let names = names.join(", ");
    let is_answered = async || {
        let asked = archive.subscriptions().await?;
        let mut ours = asked.iter().filter(|one| is_of(one, &lists));
        Ok(ours.all(|one| !is_untried(one)))
    };
    let holder = hand_in_and_see(&config, &archive, &context.clock, verb, is_answered).await?;
    let asked = archive.subscriptions().await?;
    archive.close().await;
    let waiting = asked
        .iter()
        .filter(|one| is_of(one, &lists) && one.command != DeliveryState::Sent);
    let told: Vec<_> = waiting
        .map(|one| not_handed_in(one, holder.as_ref()))
        .collect();
    if !told.is_empty() {
        bail!("{}", told.join("; "));
    }
    say(&format!(
        "asked to {verb} {names} for {address}; the confirmation that each list wants is answered by `nikkan run`, and `nikkan lists` shows how far it is"
    ));
    Ok(ExitCode::SUCCESS)
}

fn is_of(request: &Subscription, lists: &[&List]) -> bool {
    lists.iter().any(|list| list.name == request.list)
}

/// True while nobody has tried to hand the request in.
fn is_untried(request: &Subscription) -> bool {
    matches!(
        request.command,
        DeliveryState::Queued | DeliveryState::Sending
    )
}

fn not_handed_in(open: &Subscription, holder: Option<&Holder>) -> String {
    let list = &open.list;
    if is_untried(open) {
        let seconds = PATIENCE.as_secs();
        let by = holder.map(|holder| format!(" by {holder}"));
        let by = by.unwrap_or_default();
        return format!(
            "the request to {list} is in the outbox, and was not handed in{by} within {seconds} s; `nikkan lists` shows what becomes of it"
        );
    }
    let next = match holder {
        _ if open.state == SubscriptionState::Refused => "when that is mended, ask again".into(),
        Some(holder) if holder.is_daemon() => format!("{holder} tries again"),
        _ => "`nikkan run` tries again".into(),
    };
    format!(
        "the request to {list} could not be handed in: {}; {next}",
        open.response
    )
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
        let mut before = asked.into_iter().filter(|one| is_of(one, lists));
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
    use crate::clock::Clock;

    #[tokio::test]
    async fn a_request_begins_no_archive_anew_where_there_is_a_backup_of_the_one_that_is_gone() {
        let place = tempfile::tempdir().unwrap();
        let (archive, backup) = (place.path().join("archive"), place.path().join("backup"));
        std::fs::create_dir(&backup).unwrap();
        std::fs::write(backup.join("nikkan-2025-11-27.db"), "damaged").unwrap();
        let file = place.path().join("config.toml");
        let text = format!(
            "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\n\
             [smtp]\nhost = \"localhost\"\n[archive]\ndirectory = {archive:?}\nbackup = {backup:?}\n\
             [[edition]]\nname = \"daily\"\nfrom = \"nikkan@example.net\"\nto = [\"a@example.net\"]\n"
        );
        std::fs::write(&file, text).unwrap();
        let request = Request {
            lists: vec!["rfc-dist".into()],
            address: Some("reader@example.net".into()),
        };
        let context = CommandContext {
            named_config: Some(file),
            clock: Clock::held("2025-11-28T12:00:00Z".parse().unwrap()),
            signals: None,
        };
        let refused = run(request, SubscriptionAction::Join, context).await;
        let why = refused.unwrap_err().to_string();
        assert!(why.contains("is gone"), "{why}");
        assert!(!archive.join("nikkan.db").exists());
    }

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
