//! Keeps a password given with `--uri` or `--on` out of process listings.
//!
//! Everybody on the machine may read the arguments of a process, its environment only its owner.
//! So the program starts itself again at once, with the URI in the environment and a redacted one
//! in its place.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::target::address::redact_uri;

/// A flag whose value may hold a password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secret {
    /// `--uri`.
    pub(super) flag: &'static str,
    /// Carries the URI from the first start to the second.
    variable: &'static str,
}

/// The database.
pub(super) const URI: Secret = Secret { flag: "--uri", variable: "CAUSEWAY_URI_ARGUMENT" };
/// The server for a copy of it.
pub(super) const ON: Secret = Secret { flag: "--on", variable: "CAUSEWAY_ON_ARGUMENT" };

/// Starts the program again when an argument shows a password; returns when none does.
///
/// # Errors
/// When it can't be started again: going on would keep the password visible.
pub(super) fn hide(arguments: &[OsString]) -> Result<()> {
    let mut again = arguments.to_vec();
    let mut hidden = Vec::new();
    for secret in [URI, ON] {
        let Some((at, uri)) = shown_uri(arguments, secret.flag) else { continue };
        let harmless = redacted(&uri);
        if env::var(secret.variable).is_ok_and(|hidden| redacted(&hidden) == uri) {
            continue;
        }
        let with_value = format!("{}=", secret.flag);
        again[at] = if starts_with(&again[at], &with_value) {
            format!("{with_value}{harmless}").into()
        } else {
            harmless.into()
        };
        hidden.push((secret.variable, uri));
    }
    if hidden.is_empty() {
        return Ok(());
    }
    let cannot = |error| {
        Failure::usage("failed to hide a password from process listings")
            .because(error)
            .hint("set MONGODB_URI instead of giving --uri")
    };
    let program = env::current_exe().map_err(cannot)?;
    let mut command = Command::new(program);
    if let Some((name, rest)) = again.split_first() {
        command.arg0(name).args(rest);
    }
    Err(cannot(command.envs(hidden).exec()))
}

/// The URI that was given: where its place was taken by a harmless one, the hidden one.
pub(super) fn given(secret: Secret, argument: Option<String>) -> Option<String> {
    let argument = argument?;
    match env::var(secret.variable) {
        Ok(hidden) if redacted(&hidden) == argument => Some(hidden),
        Ok(_) | Err(_) => Some(argument),
    }
}

/// `text` with every URI among `arguments` redacted: for errors that quote what was typed.
pub(super) fn without_secrets(text: &str, arguments: &[OsString]) -> String {
    let mut text = text.to_owned();
    for argument in arguments.iter().filter_map(|argument| argument.to_str()) {
        for part in [Some(argument), argument.split_once('=').map(|(_, value)| value)] {
            let Some(part) = part.filter(|part| part.contains('@')) else { continue };
            text = text.replace(part, &redacted(part));
        }
    }
    text
}

/// The command line as journals keep it.
pub(super) fn command_line(arguments: &[OsString]) -> String {
    let mut line = vec!["causeway".to_owned()];
    line.extend(arguments.iter().skip(1).map(|argument| {
        let argument = argument.to_string_lossy();
        let harmless = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                format!("{flag}={}", redacted(value))
            }
            _ => redacted(&argument),
        };
        let quoted = harmless.is_empty() || harmless.contains(|c: char| c.is_whitespace());
        if quoted { format!("'{harmless}'") } else { harmless }
    }));
    line.join(" ")
}

/// Where among the arguments the value of `flag` stands, when it shows a secret.
fn shown_uri(arguments: &[OsString], flag: &str) -> Option<(usize, String)> {
    let secret = |uri: &str| redacted(uri) != uri || uri.contains('@');
    for (at, argument) in arguments.iter().enumerate().skip(1) {
        let (at, value) = if argument == flag {
            (at + 1, arguments.get(at + 1)?.to_str()?)
        } else if let Some(value) =
            argument.to_str().and_then(|argument| argument.strip_prefix(flag)?.strip_prefix('='))
        {
            (at, value)
        } else {
            continue;
        };
        if secret(value) {
            return Some((at, value.to_owned()));
        }
    }
    None
}

/// A URI without its secrets; nothing at all is shown of one that is none.
fn redacted(uri: &str) -> String {
    if uri.contains('@') && !uri.contains("://") { "***".to_owned() } else { redact_uri(uri) }
}

fn starts_with(argument: &OsStr, prefix: &str) -> bool {
    argument.to_str().is_some_and(|argument| argument.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{command_line, shown_uri, without_secrets};

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_secret_is_found_in_both_spellings() {
        for line in [
            "causeway --uri mongodb://ann:s3cr3t@db/shop status",
            "causeway status --uri=mongodb://ann:s3cr3t@db/shop",
            "causeway status --uri ann:s3cr3t@db",
        ] {
            let (at, uri) = shown_uri(&arguments(line), "--uri").unwrap();
            assert!(uri.contains("s3cr3t") && at > 0, "{line}");
            let shown = command_line(&arguments(line));
            assert!(!shown.contains("s3cr3t") && !shown.contains("ann"), "{shown}");
        }
        assert_eq!(shown_uri(&arguments("causeway status --uri mongodb://db/shop"), "--uri"), None);
    }

    #[test]
    fn errors_quote_no_secret() {
        let given = arguments("causeway mongodb://ann:s3cr3t@db/shop");
        let text = "unrecognized subcommand 'mongodb://ann:s3cr3t@db/shop'";
        assert_eq!(
            without_secrets(text, &given),
            "unrecognized subcommand 'mongodb://***:***@db/shop'"
        );
    }
}
