//! Quotes: found and read, made and edited, and what happens to them.

mod list;
mod query;
mod row;

mod breakdown;
mod chosen;
mod read;
mod seen_by;

mod audit;
mod emails;
mod history;
mod versions;
mod who;

mod create;
mod edit;
mod email;
mod events;
mod life;
mod preview;
mod resend;

mod seen;
mod sent;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

pub(crate) use email::addressed;
pub(crate) use list::own_only;
pub(crate) use preview::Previewed;
pub(crate) use query::Query as ListQuery;
pub(crate) use read::price;
pub(crate) use seen_by::seen_by;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(list::routes())
        .merge(read::routes())
        .merge(breakdown::routes())
        .merge(chosen::routes())
        .merge(history::routes())
        .merge(versions::routes())
        .merge(audit::routes())
        .merge(emails::routes())
        .merge(create::routes())
        .merge(edit::routes())
        .merge(events::routes())
        .merge(life::routes())
        .merge(email::routes())
        .merge(preview::routes())
        .merge(resend::routes())
}
