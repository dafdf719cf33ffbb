//! The `quotes` program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    quotes::command::main().await
}
