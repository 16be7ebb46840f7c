//! Exim, with what Debian's configuration looks for in a mail: header fields that are addresses, and lines of at most 998
//! octets.

use std::fs;

use super::{Private, SmtpReceiver, SubmissionServer, account, program};

pub struct Exim(Private);

impl SubmissionServer for Exim {
    fn keys(&self) -> String {
        format!(
            "tls = \"starttls\"\nca_file = \"{}\"\n",
            self.0.path("ca.pem")
        )
    }

    fn port(&self) -> u16 {
        self.0.port
    }

    fn sessions(&self) -> Option<usize> {
        Some(self.0.log().matches("(TCP/IP connection count").count())
    }

    fn start(readers: &[String], receiver: &SmtpReceiver) -> Self {
        let mut server = Private::new("exim");
        let owner = account("Debian-exim");
        server.folder_for("spool", owner, owner, 0o750);
        server.folder_for("logs", owner, owner, 0o755);
        let next = receiver.port;
        let known = server.write_readers(readers, ":");
        server.start("", |server| {
            fs::write(server.path("exim.conf"), settings(server, &known, next)).unwrap();
            let exim = program("usr/sbin/exim4").display().to_string();
            let config = server.path("exim.conf");
            // By Exim's own default, what comes after the tenth mail of a session waits for the next run of its queue.
            vec![exim, "-C".into(), config, "-bdf".into(), "-q1s".into()]
        });
        Exim(server)
    }
}

/// The configuration file.
fn settings(server: &Private, known: &str, next: u16) -> String {
    format!(
        "exim_path = {}\nspool_directory = {}\nlog_file_path = {}\n\
             log_selector = +smtp_connection +millisec\n\
             primary_hostname = exim.lab\nlocal_interfaces = 127.0.0.1\ndaemon_smtp_ports = {}\n\
             tls_advertise_hosts = *\ntls_certificate = {}\ntls_privatekey = {}\nkeep_environment =\n\
             smtp_accept_max_per_host = 20\nacl_smtp_rcpt = rcpt\nacl_smtp_data = data\n\
             begin acl\n\
             rcpt:\n  deny message = Unknown user\n    \
             !condition = ${{lookup{{$local_part@$domain}}lsearch{{{known}}}{{yes}}{{no}}}}\n  accept\n\
             data:\n  deny message = maximum allowed line length is 998 octets, got $max_received_linelength\n    \
             condition = ${{if > {{$max_received_linelength}}{{998}}}}\n  deny !verify = header_syntax\n  accept\n\
             begin routers\non:\n  driver = manualroute\n  route_list = * 127.0.0.1\n  self = send\n  \
             transport = on\n\
             begin transports\non:\n  driver = smtp\n  port = {next}\n  allow_localhost\n\
             begin retry\n* * F,1h,1m\n",
        program("usr/sbin/exim4").display(),
        server.path("spool"),
        server.path("logs/%s"),
        server.port,
        server.identity.certificate.display(),
        server.identity.key.display(),
    )
}
