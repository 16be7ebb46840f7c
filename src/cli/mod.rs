//! The command line.

use std::process::ExitCode;

/// Reads the arguments and carries the command out.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
