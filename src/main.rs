//! The binary: arguments to [`nikkan::cli`], its answer to the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    nikkan::cli::main()
}
