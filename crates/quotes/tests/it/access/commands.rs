//! `quotes admin`: exit code, what it prints, and what it says beside.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use reqwest::{Method, header::AUTHORIZATION};

use super::{ADMIN, AGENT, PASSWORD, Visitor, agency, sign_in, stored, written_down};
use crate::{
    app::{TestApp, answered},
    program::quotes,
};

/// How a command ended: its code, stdout and stderr.
struct Done(i32, String, String);

async fn admin(app: &TestApp, arguments: &[&str], typed: &str) -> Result<Done> {
    let arguments = [&["admin"], arguments].concat();
    let command = quotes(Some(&app.database.uri()), &arguments);
    let typed = typed.to_owned();
    tokio::task::spawn_blocking(move || run(command, &typed)).await?
}

fn run(mut command: Command, typed: &str) -> Result<Done> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("start quotes")?;
    let mut input = child.stdin.take().context("no stdin")?;
    // A command that does not read has ended before.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    let output = child.wait_with_output().context("run quotes")?;
    let code = output.status.code().context("it was killed")?;
    Ok(Done(code, String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?))
}

#[tokio::test]
async fn accounts_are_made_listed_and_get_other_passwords() -> Result<()> {
    let app = agency().await?;
    let new = ["create-user", "--email", "Eve@agency.example", "--name", "Eve", "--role", "agent"];
    let Done(code, out, said) = admin(&app, &[&new[..], &["--generate"]].concat(), "").await?;
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with(&format!("database {} at 127.0.0.1:", app.database.name())), "{said}");
    assert!(said.contains("MongoDB 6.") && said.contains("made the account of eve@agency.example"));
    let eve = Visitor::with(&app, "eve@agency.example", out.trim()).await?;
    assert!(
        stored(&app, "eve@agency.example").await?.get_str("password")?.starts_with("$argon2id$")
    );

    let Done(code, out, said) = admin(&app, &[&new[..], &["--generate"]].concat(), "").await?;
    assert_eq!((code, out.as_str()), (3, ""), "{said}");
    assert!(said.contains("error: there is an account of Eve@agency.example already"), "{said}");

    let reset = ["reset-password", "--email", "eve@agency.example", "--password-stdin", "--bcrypt"];
    let Done(code, out, said) = admin(&app, &reset, "a piped password\n").await?;
    assert_eq!((code, out.as_str()), (0, ""), "{said}");
    assert!(!said.contains("piped"), "{said}");
    assert!(stored(&app, "eve@agency.example").await?.get_str("password")?.starts_with("$2b$12$"));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(eve.get("/api/session").await?.status, 401);
    assert_eq!(sign_in(&app, "eve@agency.example", "a piped password").await?.status, 201);

    let Done(code, out, _) = admin(&app, &["list-users"], "").await?;
    assert_eq!(code, 0);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("id ") && lines.iter().any(|line| line.contains(ADMIN)), "{out}");
    let eve = lines.iter().find(|line| line.contains("eve@agency.example")).context("no Eve")?;
    let words: Vec<&str> = eve.split_whitespace().skip(1).collect();
    assert_eq!(words, ["eve@agency.example", "agent", "approved", "Eve"]);
    assert!(!out.contains("$2b$"), "{out}");
    assert_eq!(written_down(&app, "user.create").await?, 1);
    Ok(())
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() -> Result<()> {
    let app = agency().await?;
    let make = ["create-token", "--email", AGENT, "--name", "website", "--expires-days", "30"];
    let scopes = ["--scopes", "quotes:read,catalogue:read"];
    let Done(code, secret, said) = admin(&app, &[&make[..], &scopes].concat(), "").await?;
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains(secret.trim()), "{said}");
    let ask = || {
        let shown = format!("Bearer {}", secret.trim());
        app.stranger(Method::GET, "/api/session").header(AUTHORIZATION, shown)
    };
    let who = answered(ask()).await?;
    assert_eq!(who.body["data"]["user"]["contactEmail"], AGENT, "{}", who.body);

    let Done(_, out, _) = admin(&app, &["list-tokens"], "").await?;
    let line = out.lines().find(|line| line.ends_with("website")).context("it is not listed")?;
    assert!(line.contains("  valid  ") && line.contains("quotes:read,catalogue:read"), "{out}");
    let id = line.split(' ').next().unwrap_or_default();
    let Done(code, _, said) = admin(&app, &["revoke-token", id], "").await?;
    assert_eq!(code, 0, "{said}");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(answered(ask()).await?.status, 401);
    let Done(_, out, _) = admin(&app, &["list-tokens"], "").await?;
    assert!(out.contains("  revoked  "), "{out}");
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_done_is_said_with_its_code() -> Result<()> {
    let app = agency().await?;
    let eve = ["create-user", "--email", "eve@agency.example", "--name", "Eve", "--role"];
    let token = ["create-token", "--name", "x", "--email"];
    let cases: [(i32, &str, Vec<&str>); 9] = [
        (2, "nobody is there to type a password", [&eve[..], &["agent"]].concat()),
        (2, "use at least 12 characters", [&eve[..], &["agent", "--password-stdin"]].concat()),
        (2, "no role is called `owner`", [&eve[..], &["owner", "--generate"]].concat()),
        (
            2,
            "is no e-mail address",
            vec!["create-user", "--email", "eve", "--name", "E", "--role", "agent", "--generate"],
        ),
        (
            3,
            "there is no account of nobody@agency.example",
            vec!["reset-password", "--email", "nobody@agency.example", "--generate"],
        ),
        (2, "no scope is called `all`", [&token[..], &[AGENT, "--scopes", "all"]].concat()),
        (
            3,
            "there is no account of x@y.z",
            [&token[..], &["x@y.z", "--scopes", "operate"]].concat(),
        ),
        (2, "`x` is no id of a token", vec!["revoke-token", "x"]),
        (3, "there is no such token", vec!["revoke-token", "000000000000000000000000"]),
    ];
    for (expected, message, arguments) in cases {
        let Done(code, out, said) = admin(&app, &arguments, "short\n").await?;
        assert_eq!((code, out.as_str()), (expected, ""), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
    }
    assert_eq!(sign_in(&app, "eve@agency.example", PASSWORD).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_its_password() -> Result<()> {
    let uri = "mongodb://ann:s3cr3t@127.0.0.1:1/shop?authSource=admin";
    let command = quotes(Some(uri), &["admin", "list-users"]);
    let Done(code, _, said) = tokio::task::spawn_blocking(move || run(command, "")).await??;
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("database shop at 127.0.0.1:1") && !said.contains("s3cr3t"), "{said}");
    Ok(())
}
