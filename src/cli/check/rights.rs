//! Tries the configuration with the rights of the service. Root may read and write what the service may not, so what root
//! finds well says little; it is the service's user, in its sandbox, who must be able to work.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;
use tokio::time::timeout;

use super::unit::Unit;
use super::{Finding, Subject};
use crate::config::Config;

const RIGHTS: Subject = Subject("rights");

/// The time in which systemd makes a sandbox, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A way to run nikkan with the rights of the service.
#[derive(Clone, Debug)]
pub(super) struct AsService {
    /// Whose rights they are, in words.
    whose: String,
    /// The command that gives them, before the program that is run.
    before: Vec<OsString>,
    /// The user and the group to become, where no command is needed for that.
    user: Option<(u32, u32)>,
    program: PathBuf,
    /// The unit's lines that systemd-run does not know, and that it is tried without.
    left_out: Vec<String>,
}

impl AsService {
    /// Returns what is found out before anything is tried: whose rights it is tried with.
    pub(super) fn finding(&self) -> Finding {
        let tried = format!("tried as {}", self.whose);
        match self.left_out.as_slice() {
            [] => RIGHTS.ok(tried),
            left_out => RIGHTS.ok(format!(
                "{tried}, but without {}, which systemd-run does not know",
                left_out.join(" and ")
            )),
        }
    }

    /// Runs this program with these arguments to its end, and returns its exit code; 1 where a signal ended it.
    ///
    /// # Errors
    /// It cannot be run.
    pub(super) async fn run(&self, arguments: &[OsString]) -> Result<ExitCode> {
        let run = self.command(arguments).status().await;
        let status = run.with_context(|| format!("cannot run {}", self.program.display()))?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(ExitCode::from(code.unwrap_or(1)))
    }

    fn command(&self, arguments: &[OsString]) -> Command {
        let mut words = self.before.iter().map(OsString::as_os_str);
        let program = self.program.as_os_str();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.args(arguments).kill_on_drop(true);
        command
    }

    /// Returns why nothing can be run in this way, if that is so.
    async fn fault(&self) -> Option<String> {
        let mut command = self.command(&["--version".into()]);
        command.stdin(Stdio::null());
        match timeout(PATIENCE, command.output()).await {
            Ok(Ok(output)) if output.status.success() => None,
            Ok(Ok(output)) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let line = said.lines().rfind(|line| !line.trim().is_empty());
                Some(line.unwrap_or("it ended without a word").to_owned())
            }
            Ok(Err(cause)) => Some(cause.to_string()),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// Leaves out the property that systemd-run said it does not know, as the service manager itself does with a key of a
    /// unit. Returns false where the fault is another one.
    fn leave_out(&mut self, fault: &str) -> bool {
        let unknown = fault.split_once("Unknown assignment: ");
        let Some((_, property)) = unknown else {
            return false;
        };
        let at = self.before.iter().position(|word| word == property.trim());
        // Before it stands `-p`.
        let Some(pair) = at.and_then(|at| Some(at.checked_sub(1)?..at + 1)) else {
            return false;
        };
        self.before.drain(pair);
        self.left_out.push(property.trim().to_owned());
        true
    }
}

/// Returns the way to try a configuration as its service would, for root; where there is none, what to say of that.
pub(super) async fn of_the_service(config: &Config) -> Result<AsService, Option<Finding>> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let program = std::env::current_exe().map_err(|_| None)?;
    if !is_root {
        return Err(None);
    }
    let mut ways = match unit_of(config, &program).await {
        Some(unit) => vec![in_its_unit(&unit, &program)],
        None => as_its_owner(config, &program),
    };
    let mut last = None;
    for way in &mut ways {
        let mut fault = way.fault().await;
        while fault.as_deref().is_some_and(|fault| way.leave_out(fault)) {
            fault = way.fault().await;
        }
        match fault {
            None => return Ok(way.clone()),
            Some(fault) => last = Some(format!("cannot be tried as {}: {fault}", way.whose)),
        }
    }
    Err(last.map(|fault| {
        RIGHTS.warning(format!(
            "{fault}; what follows is judged by the rights of root, who may read and write what the service may not"
        ))
    }))
}

/// Finds the unit that runs this program with this configuration.
async fn unit_of(config: &Config, program: &Path) -> Option<Unit> {
    // sd_booted(3).
    if !Path::new("/run/systemd/system").is_dir() {
        return None;
    }
    let instance = config.path.file_stem()?.to_string_lossy();
    for name in [
        "nikkan.service".to_owned(),
        format!("nikkan@{instance}.service"),
    ] {
        let mut systemctl = Command::new("systemctl");
        let asked = systemctl
            .args(["cat", "--no-pager", "--", &name])
            .kill_on_drop(true);
        let shown = timeout(PATIENCE, asked.output()).await.ok()?.ok()?;
        let unit = Unit::parse(&name, &String::from_utf8_lossy(&shown.stdout));
        if same(unit.config(), &config.path) && same(unit.program(), program) {
            return Some(unit);
        }
    }
    None
}

/// True when both are the same file, whatever links lead to it.
fn same(one: Option<PathBuf>, other: &Path) -> bool {
    let one = one.and_then(|path| fs::canonicalize(path).ok());
    one.is_some() && one == fs::canonicalize(other).ok()
}

/// In the sandbox that systemd makes of the unit's own lines.
fn in_its_unit(unit: &Unit, program: &Path) -> AsService {
    let head = ["systemd-run", "--quiet", "--wait", "--collect", "--pipe"];
    let properties = unit.properties(Path::exists).into_iter();
    let properties = properties.flat_map(|property| ["-p".to_owned(), property]);
    let before = head.map(str::to_owned).into_iter().chain(properties);
    AsService {
        whose: format!("{}: its user, its sandbox, its credentials", unit.name),
        before: before
            .chain(["--".to_owned()])
            .map(OsString::from)
            .collect(),
        user: None,
        program: program.to_owned(),
        left_out: Vec::new(),
    }
}

/// As the user whose the archive is: with the groups of theirs if that can be found out, else with the directory's alone.
fn as_its_owner(config: &Config, program: &Path) -> Vec<AsService> {
    let directory = config.archive_directory().ok();
    let owner = directory.and_then(|directory| fs::metadata(directory).ok());
    let Some(owner) = owner.filter(|owner| owner.uid() != 0) else {
        return Vec::new();
    };
    let (user, group) = (owner.uid(), owner.gid());
    let setpriv = [
        "setpriv".to_owned(),
        format!("--reuid={user}"),
        format!("--regid={group}"),
        "--init-groups".to_owned(),
    ];
    let way = |before: Vec<OsString>, becomes| AsService {
        whose: format!("the owner of the archive's directory, uid {user}"),
        before,
        user: becomes,
        program: program.to_owned(),
        left_out: Vec::new(),
    };
    vec![
        way(setpriv.map(OsString::from).into(), None),
        way(Vec::new(), Some((user, group))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_systemd_run_does_not_know_is_left_out() {
        let unit = Unit::parse("nikkan.service", "[Service]\nOdd=yes\nDynamicUser=yes");
        let mut way = in_its_unit(&unit, Path::new("/usr/bin/nikkan"));
        assert!(!way.leave_out("Failed to start transient service unit: no"));
        assert!(!way.leave_out("Unknown assignment: Other=yes"));
        assert!(way.leave_out("Unknown assignment: Odd=yes"));
        let said = format!("{:?}", way.command(&["check".into()]).as_std());
        let wanted = "\"--pipe\" \"-p\" \"DynamicUser=yes\" \"--\" \"/usr/bin/nikkan\" \"check\"";
        assert!(said.ends_with(wanted), "{said}");
        let told = format!("{:?}", way.finding());
        assert!(told.contains("credentials, but without Odd=yes"), "{told}");
    }

    #[tokio::test]
    async fn a_way_that_does_not_work_says_why() {
        let way = |before: &[&str]| AsService {
            whose: String::new(),
            before: before.iter().map(OsString::from).collect(),
            user: None,
            program: "/bin/echo".into(),
            left_out: Vec::new(),
        };
        assert_eq!(way(&[]).fault().await, None);
        let said = way(&["sh", "-c", "echo one >&2; echo two >&2; exit 1"]);
        assert_eq!(said.fault().await.as_deref(), Some("two"));
        assert!(way(&["/no/such/program"]).fault().await.is_some());
    }
}
