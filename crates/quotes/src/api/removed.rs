//! The answer when something was removed.

use serde::Serialize;
use utoipa::ToSchema;

/// What is gone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Removed {
    /// Its id.
    #[serde(rename = "_id")]
    pub(super) id: String,
}
