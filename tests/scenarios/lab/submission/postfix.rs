//! Postfix, also as the last server before a mailbox, and with its own `smtp-source` beside it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Private, SmtpReceiver, SubmissionServer, account, program, unpacked};

pub struct Postfix(Private);

/// A mailbox's folder (Maildir) that Postfix delivers to, and its address; what stands behind a `+` is no part of that.
pub struct LocalFolder {
    pub address: &'static str,
    pub maildir: PathBuf,
}

impl SubmissionServer for Postfix {
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
        Some(self.0.log().matches("]: connect from").count())
    }

    fn start(readers: &[String], receiver: &SmtpReceiver) -> Self {
        Postfix::start_by(
            readers,
            &format!("smtp:[127.0.0.1]:{}", receiver.port),
            None,
        )
    }
}

impl Postfix {
    /// Takes the mails of readers and throws them away.
    pub fn discarding(readers: &[String]) -> Self {
        Postfix::start_by(readers, "discard:", None)
    }

    /// Hands on to the receiver, and delivers what is for the mailbox there.
    pub fn with_mailbox(
        readers: &[String],
        receiver: &SmtpReceiver,
        mailbox: &LocalFolder,
    ) -> Self {
        let next = format!("smtp:[127.0.0.1]:{}", receiver.port);
        Postfix::start_by(readers, &next, Some(mailbox))
    }

    fn start_by(readers: &[String], next: &str, mailbox: Option<&LocalFolder>) -> Self {
        let mut server = Private::new("postfix");
        let (owner, drop) = (account("postfix"), account("postdrop"));
        for name in [
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
            "private", "saved", "trace",
        ] {
            server.folder_for(&format!("spool/{name}"), owner, 0, 0o700);
        }
        server.folder_for("spool/maildrop", owner, drop, 0o730);
        server.folder_for("spool/public", owner, drop, 0o710);
        server.folder_for("spool/pid", 0, 0, 0o755);
        server.folder_for("data", owner, 0, 0o700);
        fs::create_dir_all(server.path("conf")).unwrap();
        let known = server.write_readers(readers, " x");
        server.start("", |server| {
            fs::write(
                server.path("conf/main.cf"),
                main_cf(server, &known, next, mailbox),
            )
            .unwrap();
            fs::write(server.path("conf/master.cf"), master_cf(server.port)).unwrap();
            let master = program("usr/lib/postfix/sbin/master").display().to_string();
            [master, "-c".into(), server.path("conf"), "-s".into()].to_vec()
        });
        Postfix(server)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// Postfix's own client, with the libraries it wants.
    pub fn smtp_source() -> std::process::Command {
        let mut command = std::process::Command::new(program("usr/sbin/smtp-source"));
        command.env("LD_LIBRARY_PATH", unpacked().join("usr/lib/postfix"));
        command
    }
}

fn main_cf(server: &Private, known: &str, next: &str, mailbox: Option<&LocalFolder>) -> String {
    let root = |name: &str| server.path(name);
    let libraries = program("usr/lib/postfix").display().to_string();
    let mut text = format!(
        "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\ndaemon_directory = {libraries}/sbin\n\
         command_directory = {}\nshlib_directory = {libraries}\nmeta_directory = {}\nmail_owner = postfix\n\
         setgid_group = postdrop\nmyhostname = postfix.lab\nmydestination =\nalias_maps =\nlocal_recipient_maps =\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nrelay_domains = example.net, readers.example\n\
         relay_recipient_maps = texthash:{known}\nrelay_transport = {next}\ndefault_transport = {next}\n\
         disable_dns_lookups = yes\nin_flow_delay = 0\nsmtp_host_lookup = native\nsmtpd_peername_lookup = no\nsmtp_tls_security_level = none\n\
         smtpd_tls_cert_file = {}\nsmtpd_tls_key_file = {}\nsmtpd_tls_security_level = may\n\
         import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH\nexport_environment = TZ LANG LD_LIBRARY_PATH\n\
         maillog_file = {}\nmaillog_file_prefixes = {}\n",
        root("spool"),
        root("data"),
        program("usr/sbin").display(),
        root("conf"),
        server.identity.certificate.display(),
        server.identity.key.display(),
        root("log"),
        server.folder.path().display(),
    );
    if let Some(mailbox) = mailbox {
        let base = mailbox.maildir.parent().unwrap_or(Path::new("/"));
        let name = mailbox.maildir.strip_prefix(base).unwrap().display();
        fs::write(root("boxes"), format!("{} {name}/\n", mailbox.address)).unwrap();
        let domain = mailbox.address.split_once('@').unwrap().1;
        text += &format!(
            "virtual_mailbox_domains = {domain}\nvirtual_mailbox_base = {}\nvirtual_mailbox_maps = texthash:{}\n\
             virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\nrecipient_delimiter = +\n",
            base.display(),
            root("boxes"),
        );
        // The domain of a mailbox here cannot be one that is relayed for.
        text = text.replace(
            "relay_domains = example.net, readers.example",
            "relay_domains = readers.example",
        );
    }
    text
}

/// Only what is needed: nothing waits for commands of this machine's users.
fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n\
         proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nvirtual unix - n n - - virtual\n\
         error unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n"
    )
}
