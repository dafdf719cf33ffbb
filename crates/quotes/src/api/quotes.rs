//! Quotes: finding and reading them.

mod list;
mod query;
mod row;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().merge(list::routes())
}
