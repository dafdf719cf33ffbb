//! Who writes, and from where.

use std::net::IpAddr;

use bson::oid::ObjectId;

use crate::access::Principal;

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who it is.
    pub principal: Principal,
    /// From which address, when it is known.
    pub address: Option<IpAddr>,
}

impl Author {
    /// Whose `_id` stands as author: zeros for a run of Causeway.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.principal.user_id()
    }
}
