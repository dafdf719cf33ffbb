//! Events that can be chosen: for everybody who is signed in, and all of them for administrators.

mod admin;
pub(crate) mod change;
pub(crate) mod choosing;
mod managing;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    choosing::routes().merge(managing::routes()).merge(admin::routes())
}
