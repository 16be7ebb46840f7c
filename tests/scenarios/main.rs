//! Scenarios with real parts: a private Dovecot, a real SMTP server, the built binary. One module per claim.
#![allow(clippy::unwrap_used)] // A panic is how a scenario reports.

mod a_backup_is_put_back;
mod a_dead_address_does_not_stand_for_its_host;
mod a_full_disk_is_waited_out;
mod a_killed_daemon_loses_nothing;
mod a_lost_disk_is_made_good;
#[cfg(feature = "llm")]
mod a_model_writes_and_its_key_is_never_told;
mod a_panic_is_never_silence;
mod a_stop_is_quick_and_safe;
mod a_stopped_pass_seals_nothing;
mod a_submission_server_fails_in_every_way;
mod an_older_queue_is_delivered_once;
mod bad_input_is_one_line_that_says_what_to_change;
mod check_names_what_is_wrong;
mod digests_are_handed_in_over_every_protection;
mod every_way_of_logging_in_works;
mod lab;
mod lists_are_joined_and_left_by_mail;
mod nothing_before_tls_is_trusted;
mod nothing_goes_round_in_circles;
mod readers_leave_by_mail;
mod readers_leave_through_postfix;
mod the_archive_is_one_file_of_ours;
mod the_mailbox_is_read_over_every_protection;
mod the_model_day_arrives_after_midnight;
mod the_operator_sees_and_sends;
mod the_service_manager_is_told;
mod the_threads_are_as_many_on_each_machine;
mod tls_goes_on_while_idling;
mod tls_that_fails_says_what_to_change;
mod tokens_open_the_submission_server;
mod two_machines_hand_in_once;
mod what_is_deferred_is_tried_when_its_cause_goes;
