//! `nikkan manual`: the manual pages, for packages. The commands' pages come from the definition of the command line,
//! that of the configuration from the shipped example, so neither can fall behind.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::Cli;

/// The documented configuration.
const EXAMPLE: &str = include_str!("../../config.example.toml");

/// Write the manual pages: nikkan(1), one page for each command, nikkan.toml(5)
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "Examples:
  nikkan manual /usr/local/share/man"
)]
pub(super) struct Arguments {
    /// The directory; the pages go into man1 and man5 below it
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let section = |name: &str| -> Result<PathBuf> {
        let path = arguments.directory.join(name);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    };
    let failed = |path: &Path| format!("cannot write into {}", path.display());
    let commands = section("man1")?;
    clap_mangen::generate_to(Cli::command(), &commands).with_context(|| failed(&commands))?;
    let formats = section("man5")?;
    std::fs::write(formats.join("nikkan.toml.5"), configuration(EXAMPLE))
        .with_context(|| failed(&formats))?;
    Ok(ExitCode::SUCCESS)
}

/// The page of the configuration: a section for each table, an entry for each key, from the comments of the example.
fn configuration(example: &str) -> String {
    let mut page = Roff::new();
    let version = concat!("nikkan ", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["nikkan.toml", "5", "", version, ""]);
    page.control("SH", ["NAME"]);
    page.text([roman("nikkan.toml - the configuration of nikkan")]);
    page.control("SH", ["DESCRIPTION"]);
    let mut comment: Vec<&str> = Vec::new();
    for line in example.lines() {
        if let Some(words) = line.strip_prefix("# ") {
            comment.push(words);
            continue;
        }
        let setting = line.strip_prefix('#').unwrap_or(line);
        if setting.starts_with('[') {
            page.control("SH", [setting]);
        } else if let Some((key, value)) = setting.split_once(" = ") {
            page.control("TP", []);
            page.text([bold(key), roman(format!(" = {value}"))]);
        } else if !comment.is_empty() {
            page.control("PP", []);
        }
        if !comment.is_empty() {
            page.text(prose(&comment));
            comment.clear();
        }
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("nikkan"), roman("(1)")]);
    page.to_roff()
}

/// Lines of a comment as running text, a default on a line of its own.
fn prose(comment: &[&str]) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (index, line) in comment.iter().enumerate() {
        if index > 0 {
            let breaks = line.starts_with("Default:");
            inlines.push(if breaks {
                clap_mangen::roff::line_break()
            } else {
                roman("\n")
            });
        }
        inlines.push(roman(*line));
    }
    inlines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_key_has_its_entry() {
        let page = configuration(EXAMPLE);
        for heading in [".SH [mailbox]", ".SH [smtp]", ".SH [[edition]]"] {
            assert!(page.contains(heading), "no {heading} in\n{page}");
        }
        for key in ["username", "idle_refresh", "hot_topics", "grace"] {
            let entry = format!(".TP\n\\fB{key}\\fR");
            let plain = key.replace('_', "\\_");
            assert!(
                page.contains(&entry) || page.contains(&format!(".TP\n\\fB{plain}\\fR")),
                "no {key} in\n{page}"
            );
        }
    }

    /// That the example documents every key is the configuration's own test; here, that none of it is lost.
    #[test]
    fn every_key_of_the_example_has_its_entry_under_its_table() {
        let page = configuration(EXAMPLE)
            .replace("\\-", "-")
            .replace("\\_", "_");
        let mut rest = page.as_str();
        let mut keys = 0;
        for line in EXAMPLE.lines().filter(|line| !line.starts_with("# ")) {
            let setting = line.strip_prefix('#').unwrap_or(line);
            let wanted = if setting.starts_with('[') {
                format!(".SH {setting}\n")
            } else if let Some((key, _)) = setting.split_once(" = ") {
                keys += 1;
                format!(".TP\n\\fB{key}\\fR")
            } else {
                continue;
            };
            let at = rest.find(&wanted);
            let at = at.unwrap_or_else(|| panic!("no {wanted:?} in\n{rest}"));
            rest = &rest[at + wanted.len()..];
        }
        assert!(keys > 40, "{keys}");
    }

    #[test]
    fn the_page_of_the_program_names_every_command_that_is_shown() {
        let directory = tempfile::tempdir().unwrap();
        let arguments = Arguments {
            directory: directory.path().to_owned(),
        };
        run(&arguments).unwrap();
        let page = |name: &str| std::fs::read_to_string(directory.path().join("man1").join(name));
        let main = page("nikkan.1").unwrap().replace("\\-", "-");
        let mut shown = 0;
        for command in Cli::command()
            .get_subcommands()
            .filter(|one| !one.is_hide_set())
        {
            let name = command.get_name();
            shown += 1;
            assert!(
                main.contains(&format!("nikkan-{name}(1)")),
                "no {name} in\n{main}"
            );
            assert!(
                page(&format!("nikkan-{name}.1")).unwrap().contains(".TH"),
                "{name}"
            );
        }
        assert!(shown >= 12, "{shown}");
        assert!(page("nikkan-subscribe.1").is_ok());
    }

    #[test]
    fn the_pages_are_written_where_man_looks() {
        let directory = tempfile::tempdir().unwrap();
        let arguments = Arguments {
            directory: directory.path().to_owned(),
        };
        run(&arguments).unwrap();
        for page in [
            "man1/nikkan.1",
            "man1/nikkan-digest.1",
            "man5/nikkan.toml.5",
        ] {
            let text = std::fs::read_to_string(directory.path().join(page)).unwrap();
            assert!(text.contains(".TH "), "{page}");
        }
    }
}
