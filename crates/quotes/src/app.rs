//! What every request needs: the store, the state of maintenance, the settings.

use std::sync::Arc;

use crate::{
    access::Access,
    maintenance::{Follower, NoticeReads},
    needs::Standing,
    observe::Tally,
    settings::Settings,
    store::Store,
    writing::Creations,
};

/// The running application, shared by all requests.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What the operator decided.
    pub settings: Settings,
    /// Who may do what.
    pub access: Access,
    /// What may not be written at present.
    pub maintenance: Follower,
    /// Which notices people have read.
    pub notice_reads: NoticeReads,
    /// Which migrations the database lacks.
    pub needs: Standing,
    /// Answers of the minute in hand.
    pub tally: Arc<Tally>,
    /// New quotes on their way into the database.
    pub creations: Creations,
}

/// As handlers get it.
pub type Shared = Arc<App>;
