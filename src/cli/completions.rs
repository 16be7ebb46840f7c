//! `nikkan completions`: what a shell needs to complete commands, options and values, from the one definition.

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::terminal::print;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan completions bash > /usr/share/bash-completion/completions/nikkan
  nikkan completions zsh > ~/.zfunc/_nikkan
  nikkan completions fish > ~/.config/fish/completions/nikkan.fish")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    // Not written to standard output at once: a reader that has gone would be a panic there.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "nikkan", &mut script);
    print(&script)?;
    Ok(ExitCode::SUCCESS)
}
