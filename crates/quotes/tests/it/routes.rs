//! What is served is documented, and what is documented is served.

use anyhow::Result;
use causeway_core::maintenance::Maintenance;
use quotes::access::Role;

use crate::app::{TestApp, person};

#[tokio::test]
async fn the_state_of_maintenance_is_told_to_everybody() -> Result<()> {
    let app = TestApp::asked_by(person(Role::Agent)).await?;
    let before = app.get("/api/status").await?;
    assert_eq!((before.status, &before.body["data"]["maintenance"]), (200, &false.into()));
    app.maintenance.send_replace(Maintenance { on: true, ..Maintenance::default() });
    assert_eq!(app.get("/api/status").await?.body["data"]["maintenance"], true);
    assert!(!app.database.name().is_empty());
    let alive = TestApp::start().await?.get("/healthz").await?;
    assert_eq!((alive.status, alive.body), (200, "ok\n".into()));
    Ok(())
}
