//! The `bobctl` program: hand the arguments to the library, return its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    bobctl::run(std::env::args_os())
}
