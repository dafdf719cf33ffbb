//! People as they stand in records: an id, and a name while they have an account.

use std::collections::{BTreeSet, HashMap};

use bson::oid::ObjectId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::shown::ShownId, app::Shared, failure::Failure};

/// Who it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Who)]
pub(super) struct Who {
    #[serde(rename = "_id")]
    #[schema(value_type = String, example = "65a1b2c3d4e5f60718293a4b")]
    id: ShownId,
    /// Null when their account is gone.
    name: Option<String>,
}

/// The names of some people.
#[derive(Debug)]
pub(super) struct People(HashMap<ObjectId, String>);

impl People {
    /// Looks them up, all at once.
    pub(super) async fn of(
        app: &Shared,
        ids: impl Iterator<Item = ObjectId>,
    ) -> Result<Self, Failure> {
        Ok(Self(app.store.names_of_users(&ids.collect::<BTreeSet<_>>()).await?))
    }

    /// One of them.
    pub(super) fn who(&self, id: Option<ObjectId>) -> Option<Who> {
        id.map(|id| Who { id: ShownId(id), name: self.0.get(&id).cloned() })
    }
}
