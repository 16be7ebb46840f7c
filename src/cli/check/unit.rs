//! A service's unit as `systemctl cat` shows it: what it runs, and the properties that make up its user and its sandbox.

use std::path::{Path, PathBuf};

/// Keys that say when and how the daemon is started and ended. They are of no use to a command, and some of them, such as
/// a second `ExecStart=`, would be refused by systemd-run.
const OF_THE_START: [&str; 9] = [
    "Type",
    "NotifyAccess",
    "Exec",
    "Restart",
    "WatchdogSec",
    "Timeout",
    "Standard",
    "TTY",
    "SuccessExitStatus",
];

/// The settings of `[Service]`, in their order: later ones add to earlier ones, or take their place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: String,
    settings: Vec<(String, String)>,
}

impl Unit {
    /// Reads the text of a unit and of its drop-ins, as they follow each other (systemd.syntax(7)).
    pub(super) fn parse(name: &str, text: &str) -> Self {
        let instance = name.split_once('@').map_or("", |(_, rest)| rest);
        let instance = instance.trim_end_matches(".service");
        // A comment between two lines that are one is passed over as well.
        let lines = text.lines().filter(|line| !line.starts_with(['#', ';']));
        let whole = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
        let mut of_service = false;
        let mut settings = Vec::new();
        for line in whole.lines().map(str::trim) {
            if line.starts_with('[') {
                of_service = line == "[Service]";
            } else if let Some((key, value)) = line.split_once('=').filter(|_| of_service) {
                let value = value.trim().replace("%i", instance).replace("%%", "%");
                settings.push((key.trim().to_owned(), value));
            }
        }
        let name = name.to_owned();
        Unit { name, settings }
    }

    /// Returns the program that it runs.
    pub(super) fn program(&self) -> Option<PathBuf> {
        // What may stand before the path: systemd.service(5), "Command lines".
        let path = self.started()?.split_whitespace().next()?;
        Some(path.trim_start_matches(['@', '-', ':', '+', '!']).into())
    }

    /// Returns the configuration that it names.
    pub(super) fn config(&self) -> Option<PathBuf> {
        let mut words = self.started()?.split_whitespace();
        words.find(|word| *word == "--config")?;
        words.next().map(PathBuf::from)
    }

    fn started(&self) -> Option<&str> {
        let last = self.settings.iter().rfind(|(key, _)| key == "ExecStart");
        last.map(|(_, value)| value.as_str())
    }

    /// Returns what systemd-run takes, to run a command as this service runs. A state directory that is not there is only
    /// named: it is the first start that makes it.
    pub(super) fn properties(&self, is_there: impl Fn(&Path) -> bool) -> Vec<String> {
        let stays = |key: &str| !OF_THE_START.iter().any(|start| key.starts_with(start));
        let kept = self.settings.iter().filter(|(key, _)| stays(key));
        kept.filter_map(|(key, value)| match key.as_str() {
            "StateDirectoryMode" => None,
            "StateDirectory" => {
                let first = value.split_whitespace().next()?;
                let directory = Path::new("/var/lib").join(first);
                Some(if is_there(&directory) {
                    format!("StateDirectory={value}")
                } else {
                    format!("Environment=STATE_DIRECTORY={}", directory.display())
                })
            }
            _ => Some(format!("{key}={value}")),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "# /lib/systemd/system/nikkan@.service
[Unit]
ConditionPathExists=/etc/nikkan/%i.toml
[Service]
Type=notify
ExecStart=/usr/bin/nikkan --config /etc/nikkan/%i.toml run
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=15min
DynamicUser=yes
StateDirectory=nikkan-%i
StateDirectoryMode=0700
LoadCredential=imap:/etc/nikkan/%i.credentials/imap
SystemCallFilter=@system-service \\
# between
    @mount
CapabilityBoundingSet=
[Install]
WantedBy=multi-user.target

# /etc/systemd/system/nikkan@.service.d/override.conf
[Service]
ReadWritePaths=/var/backups/100%%
ExecStart=
ExecStart=-/opt/nikkan --config /etc/nikkan/other.toml run
";

    #[test]
    fn of_a_unit_stays_what_makes_its_user_and_its_sandbox() {
        let unit = Unit::parse("nikkan@work.service", SHOWN);
        let wanted = [
            "DynamicUser=yes",
            "StateDirectory=nikkan-work",
            "LoadCredential=imap:/etc/nikkan/work.credentials/imap",
            "SystemCallFilter=@system-service      @mount",
            "CapabilityBoundingSet=",
            "ReadWritePaths=/var/backups/100%",
        ];
        assert_eq!(unit.properties(|_| true), wanted);
        assert_eq!(
            unit.properties(|_| false)[1],
            "Environment=STATE_DIRECTORY=/var/lib/nikkan-work"
        );
    }

    #[test]
    fn a_drop_in_decides_what_a_unit_runs() {
        let unit = Unit::parse("nikkan@work.service", SHOWN);
        assert_eq!(unit.program(), Some("/opt/nikkan".into()));
        assert_eq!(unit.config(), Some("/etc/nikkan/other.toml".into()));
        let (plain, _) = SHOWN.split_once("# /etc/systemd").unwrap();
        let plain = Unit::parse("nikkan@work.service", plain);
        assert_eq!(plain.config(), Some("/etc/nikkan/work.toml".into()));
        let empty = Unit::parse("nikkan.service", "[Service]\nExecStart\n[Unit]\n=");
        assert_eq!((empty.program(), empty.config()), (None, None));
    }
}
