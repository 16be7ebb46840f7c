//! The same cases against servers of many families. A mailbox is read from Dovecot, Cyrus IMAP, Courier IMAP and pymap; what
//! differs between them is written in docs/watcher.md. Digests are handed in to Postfix, Exim, OpenSMTPD and aiosmtpd.
#![allow(clippy::unwrap_used)] // A panic is how a scenario reports.

#[path = "../scenarios/lab/mod.rs"]
mod lab;

mod cases;
mod submission;

macro_rules! on_every_server {
    ($($case:ident)*) => {
        on_every_server!(@ dovecot, crate::lab::dovecot::Dovecot, $($case)*);
        on_every_server!(@ cyrus, crate::lab::cyrus::Cyrus, $($case)*);
        on_every_server!(@ courier, crate::lab::courier::Courier, $($case)*);
        on_every_server!(@ pymap, crate::lab::pymap::Pymap, $($case)*);
    };
    (@ $family:ident, $server:ty, $($case:ident)*) => {
        mod $family {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    use crate::lab::mailserver::Mailserver;
                    if let Some(why) = <$server>::unavailable() {
                        eprintln!("skipped: {why}");
                        return;
                    }
                    crate::cases::$case::<$server>().await;
                }
            )*
        }
    };
}

on_every_server! {
    a_folder_is_caught_up_and_new_mail_is_heard_in_idle
    a_restart_costs_no_message
    a_rebuilt_folder_is_read_again_and_lists_nothing_twice
    a_second_folder_is_read_on_the_same_connection
    what_is_expunged_is_not_missed_and_not_waited_for
    other_mail_is_left_alone
    a_large_message_is_noted_by_its_beginning
    a_digest_is_kept_in_sent_folder_once
    a_wrong_password_and_a_missing_folder_are_told_apart
}

macro_rules! on_every_submission_server {
    ($($family:ident: $server:ty)*) => {
        $(
            #[test]
            fn $family() {
                use crate::lab::submission::SubmissionServer;
                if let Some(why) = <$server>::unavailable() {
                    eprintln!("skipped: {why}");
                    return;
                }
                crate::submission::each_reader_gets_a_mail_that_names_nobody_else::<$server>();
            }
        )*
    };
}

mod each_reader_gets_a_mail_that_names_nobody_else {
    on_every_submission_server! {
        postfix: crate::lab::submission::postfix::Postfix
        exim: crate::lab::submission::exim::Exim
        opensmtpd: crate::lab::submission::opensmtpd::Opensmtpd
        aiosmtpd: crate::lab::smtp_receiver::SmtpReceiver
    }
}
