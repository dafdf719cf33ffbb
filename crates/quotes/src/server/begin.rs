//! Before anything is served: who answers as the database, and whether it has what is needed.

use anyhow::{Result, bail};
use bson::{Document, doc};

use crate::{
    failure::Failure,
    needs::{self, Missing},
    settings::Pending,
    store::Store,
};

/// What the database's server says of itself: `MongoDB 6.0.5, replica set rs0, 3 members`.
pub(crate) async fn server(store: &Store) -> Result<String> {
    let ask = |command| {
        store.call("ask the server who it is", store.database().run_command(command).into_future())
    };
    let hello = ask(doc! { "hello": 1 }).await.map_err(Failure::into_cause)?;
    let build = ask(doc! { "buildInfo": 1 }).await.map_err(Failure::into_cause)?;
    let version = build.get_str("version").unwrap_or("of an unknown version");
    let Some(topology) = topology(&hello) else {
        bail!(
            "this server is a standalone, which has no transactions: a quote, its history and its \
             audit entry would not be written together; make it a replica set of one member \
             (--replSet, then rs.initiate())"
        );
    };
    Ok(format!("MongoDB {version}, {topology}"))
}

/// None for a standalone.
fn topology(hello: &Document) -> Option<String> {
    if hello.get_str("msg").is_ok_and(|text| text == "isdbgrid") {
        return Some("sharded cluster".to_owned());
    }
    let set = hello.get_str("setName").ok()?;
    let members = hello.get_array("hosts").map(Vec::len).unwrap_or_default();
    let members = if members == 1 { "1 member".to_owned() } else { format!("{members} members") };
    Some(format!("replica set {set}, {members}"))
}

/// Creates the application's own collections, and looks at what is missing.
pub(super) async fn needs(store: &Store, pending: Pending) -> Result<Vec<Missing>> {
    needs::collections(store).await.map_err(Failure::into_cause)?;
    let missing = needs::look(store).await.map_err(Failure::into_cause)?;
    let Some(last) = missing.last() else { return Ok(missing) };
    let lines: Vec<String> = missing.iter().map(|it| format!("  {}", it.sentence())).collect();
    let lines = lines.join("\n");
    match pending {
        Pending::Refused => bail!(
            "the database lacks migrations:\n{lines}\n\
             apply them with `causeway up {}`, or serve what is possible without them with \
             --allow-pending",
            last.version
        ),
        Pending::Allowed => {
            for missing in &missing {
                tracing::warn!("{}", missing.sentence());
            }
            Ok(missing)
        }
    }
}
