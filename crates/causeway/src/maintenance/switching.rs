//! Maintenance on and off, with the fence, in the order that is kind to people: they are told before
//! they are refused, and let in when they can write.

use bson::DateTime;
use causeway_core::maintenance::Maintenance;

use super::fence::{self, Lifted};
use super::{Switch, period};
use crate::confirm::Permission;
use crate::context::Context;
use crate::failure::Result;
use crate::runs::{self, frame};

/// Switches it on, with the fence where that is wanted.
///
/// # Errors
/// Locked while a run holds the lease; refused or stopped where the fence can't be raised.
pub async fn begin(
    context: &Context,
    permission: &Permission,
    switch: &Switch,
) -> Result<Maintenance> {
    let target = &context.target;
    let stands = fence::read(target).await?.is_some();
    let told = Switch { fence: switch.fence || stands, ..switch.clone() };
    let telling = super::on(target, &context.operator, (permission, &told));
    if !switch.fence {
        return telling.await;
    }
    let lease = frame::take_lease(context, &runs::free_id(&context.state_dir)).await?;
    let result = async {
        // The application is told first, so that people see a reason and not an error.
        let present = telling.await?;
        fence::raise(context, &lease, &switch.scope).await?;
        Ok(present)
    };
    let result = result.await;
    lease.release().await?;
    result
}

/// Lifts the fence; nothing where there is none.
///
/// # Errors
/// Locked while a run holds the lease; stopped where the server does not change a collection.
pub async fn lift(context: &Context) -> Result<Vec<Lifted>> {
    if fence::read(&context.target).await?.is_none() {
        return Ok(Vec::new());
    }
    let lease = frame::take_lease(context, &runs::free_id(&context.state_dir)).await?;
    let lifted = fence::lift(context, &lease).await;
    lease.release().await?;
    super::unfenced(&context.target).await?;
    lifted
}

/// Lets people in; none when maintenance was off.
///
/// # Errors
/// When the server refuses.
pub async fn end(context: &Context) -> Result<Option<period::Period>> {
    super::off(&context.target, &context.operator).await
}

/// Says how it stands now: maintenance, and the fence where there is one.
///
/// # Errors
/// When the database can't be read.
pub async fn show(context: &Context, present: &Maintenance) -> Result<()> {
    context.reporter.fact("maintenance", super::words(present, DateTime::now()));
    if let Some(fence) = fence::read(&context.target).await? {
        context.reporter.fact("fence", fence.words(DateTime::now()));
    }
    Ok(())
}
