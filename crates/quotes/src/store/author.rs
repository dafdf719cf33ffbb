//! Who writes, and from where.

use std::net::IpAddr;

use axum::{extract::FromRequestParts, http::request::Parts};
use bson::oid::ObjectId;

use crate::{
    access::{ClientAddress, Principal},
    failure::Failure,
};

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

impl<S: Send + Sync> FromRequestParts<S> for Author {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let principal = Principal::from_request_parts(parts, state).await?;
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        // Where nobody knows the peer, all are of no address.
        let address = Some(address).filter(|address| !address.is_unspecified());
        Ok(Self { principal, address })
    }
}
