//! After people were let in.

use super::conductor::{Conductor, Evidence};
use crate::failure::Result;

impl Conductor<'_> {
    pub(super) async fn watch(&mut self) -> Result<Evidence> {
        Ok(Evidence::not_needed("not watched in the run"))
    }
}
