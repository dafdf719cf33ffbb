//! What smoke checks made is removed again, also after a kill.

use std::time::Duration;

use super::conductor::Conductor;
use super::smoke::{Sent, send};
use crate::failure::Result;

const TIME_MAX: Duration = Duration::from_secs(10);
/// What is gone already need not be removed.
const GONE: [u16; 2] = [404, 410];

impl Conductor<'_> {
    /// Removes it; returns what could not be removed, which stays written down.
    pub(super) async fn remove_what_is_left(&mut self) -> Result<Vec<String>> {
        let mut words = Vec::new();
        let mut left = Vec::new();
        // What was made of something else goes first.
        for address in self.record.left_behind.iter().rev() {
            if let Err(why) = self.remove(address).await {
                words
                    .push(format!("{address} was made by a smoke check and is still there: {why}"));
                left.push(address.clone());
            }
        }
        left.reverse();
        if left != self.record.left_behind {
            self.record.left_behind = left;
            self.save().await?;
        }
        Ok(words)
    }

    async fn remove(&self, address: &str) -> Result<(), String> {
        let sent = Sent {
            method: "DELETE".to_owned(),
            url: address.to_owned(),
            body: None,
            headers: self.headers()?,
            time_max: TIME_MAX,
        };
        let answer = send(sent).await?;
        if (200..300).contains(&answer.status) || GONE.contains(&answer.status) {
            return Ok(());
        }
        Err(format!("DELETE was answered {}", answer.status))
    }
}
