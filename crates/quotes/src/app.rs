//! What every request needs: the store, the state of maintenance, the settings.

use std::sync::Arc;

use crate::{maintenance::Follower, store::Store};

/// The running application, shared by all requests.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What may not be written at present.
    pub maintenance: Follower,
}

/// As handlers get it.
pub type Shared = Arc<App>;
