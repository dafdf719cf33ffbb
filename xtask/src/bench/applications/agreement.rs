//! Both applications must say the same before it is worth while to ask which is faster.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    load::Loaded,
    work::{Request, Work},
};
use crate::http::Client;

/// So many requests of each kind are compared.
const COMPARED: usize = 20;

/// Some totals of old quotes carry the noise of floating point, which one of both takes away.
const HALF_A_CENT: f64 = 0.005;

/// Asks both the same, and compares the money.
pub(super) async fn see(work: &Work, quotes: &Loaded<'_>, express: &Loaded<'_>) -> Result<()> {
    let kinds = [
        (&work.read, "/data/totalPrice"),
        (&work.calculate, "/data/total"),
        (&work.create_with_events, "/data/totalPrice"),
    ];
    for (requests, pointer) in kinds {
        for request in requests.all.iter().take(COMPARED) {
            let ours = money(quotes, request, pointer).await?;
            let theirs = money(express, request, pointer).await?;
            let Request { method, path, body } = request;
            ensure!(
                (ours - theirs).abs() < HALF_A_CENT,
                "{method} {path} {body}: {ours} by quotes, {theirs} by Express"
            );
        }
    }
    Ok(())
}

async fn money(to: &Loaded<'_>, request: &Request, pointer: &str) -> Result<f64> {
    let mut client = Client::of(to.server.address());
    if let Some(token) = to.token {
        client = client.with("Authorization", format!("Bearer {token}"));
    }
    let body = (!request.body.is_empty()).then_some(request.body.as_str());
    let asking = || format!("{} {}", request.method, request.path);
    let answer = client.ask(request.method.clone(), &request.path, body).await?;
    let data = answer.data().with_context(asking)?;
    let money = data.pointer(pointer).and_then(Value::as_f64);
    money.with_context(|| format!("find {pointer} in {}", answer.text)).with_context(asking)
}
