//! OpenSMTPD, in clear text: as Debian builds it with OpenSSL 3, it cannot use its own key.

use std::fs;

use super::{Private, SmtpReceiver, SubmissionServer, program};

pub struct Opensmtpd(Private);

impl SubmissionServer for Opensmtpd {
    fn keys(&self) -> String {
        "tls = \"none\"\n".into()
    }

    fn port(&self) -> u16 {
        self.0.port
    }

    fn sessions(&self) -> Option<usize> {
        Some(self.0.log().matches(" smtp connected ").count())
    }

    fn start(readers: &[String], receiver: &SmtpReceiver) -> Self {
        let mut server = Private::new("opensmtpd");
        for name in [
            "var/spool/smtpd",
            "var/lib/opensmtpd/empty",
            "var/mail",
            "run",
        ] {
            fs::create_dir_all(server.path(name)).unwrap();
        }
        server.folder_for("var/spool/smtpd", 0, 0, 0o711);
        std::os::unix::fs::symlink("/run", server.path("var/run")).unwrap();
        let next = receiver.port;
        let known = server.write_readers(readers, "");
        let mounts = format!(
            "mount --bind {} /var; mount --bind {} /run",
            server.path("var"),
            server.path("run")
        );
        server.start(&mounts, |server| {
            let _ = fs::remove_file(server.path("run/smtpd.sock"));
            let text = format!(
                "table readers file:{known}\nlisten on 127.0.0.1 port {} hostname opensmtpd.lab\n\
                 action \"on\" relay host smtp://127.0.0.1:{next} helo opensmtpd.lab\n\
                 match from any for any rcpt-to <readers> action \"on\"\n",
                server.port
            );
            fs::write(server.path("smtpd.conf"), text).unwrap();
            [
                program("usr/sbin/smtpd").display().to_string(),
                "-d".into(),
                "-f".into(),
                server.path("smtpd.conf"),
            ]
            .to_vec()
        });
        Opensmtpd(server)
    }
}
