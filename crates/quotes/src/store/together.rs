//! Documents that several requests ask for at the same time are one question to the database.
//!
//! Nothing is kept: each answer is read after the question was asked.

use std::{collections::HashMap, future::Future, sync::Arc};

use bson::oid::ObjectId;
use tokio::sync::oneshot;

use crate::{failure::Failure, turns::Turns};

/// So many questions are with the database at once: a slow one does not hold up all the others.
const TURNS: usize = 2;
/// More go with the next question.
const ASKERS_MAX: usize = 64;

/// What was found, by id.
pub(super) type Found<T> = HashMap<ObjectId, T>;
type Answer<T> = Result<Found<T>, Failure>;

/// Those who wait to ask for documents of one kind.
#[derive(Debug)]
pub(super) struct Together<T>(Arc<Turns<Asker<T>>>);

struct Asker<T> {
    ids: Vec<ObjectId>,
    answer: oneshot::Sender<Answer<T>>,
}

impl<T: Send + 'static> Default for Together<T> {
    fn default() -> Self {
        Self(Turns::new(TURNS, ASKERS_MAX))
    }
}

impl<T: Clone + Send + 'static> Together<T> {
    /// The documents of these ids that exist. `look_up` asks the database for many.
    pub(super) async fn get<F, L>(&self, ids: &[ObjectId], look_up: F) -> Answer<T>
    where
        F: Fn(Vec<ObjectId>) -> L + Clone + Send + Sync + 'static,
        L: Future<Output = Answer<T>> + Send,
    {
        let (answer, answered) = oneshot::channel();
        self.0.add(Asker { ids: ids.to_vec(), answer }, move |askers| {
            let look_up = look_up.clone();
            async move { ask(askers, &look_up).await }
        });
        answered.await.unwrap_or_else(|_lost| Err(lost()))
    }
}

/// Whoever asked did not come to an end.
fn lost() -> Failure {
    Failure::unexpected(anyhow::anyhow!("a question to the database ended without a word"))
}

async fn ask<T, F, L>(mut askers: Vec<Asker<T>>, look_up: &F)
where
    T: Clone,
    F: Fn(Vec<ObjectId>) -> L,
    L: Future<Output = Answer<T>>,
{
    // Who hung up meanwhile needs no answer.
    askers.retain(|asker| !asker.answer.is_closed());
    if askers.is_empty() {
        return;
    }
    let mut ids: Vec<ObjectId> =
        askers.iter().flat_map(|asker| asker.ids.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = look_up(ids).await;
    for Asker { ids, answer } in askers {
        let own = match &found {
            Ok(found) => {
                Ok(ids.iter().filter_map(|id| Some((*id, found.get(id)?.clone()))).collect())
            }
            Err(failure) => Err(failure.clone()),
        };
        // Nobody waits any more who hung up meanwhile.
        let _ = answer.send(own);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use bson::oid::ObjectId;
    use futures_util::future::join_all;

    use super::{Found, Together};
    use crate::failure::Failure;

    fn ids(count: u8) -> Vec<ObjectId> {
        (0..count).map(|n| ObjectId::from_bytes([n; 12])).collect()
    }

    #[tokio::test]
    async fn those_who_come_meanwhile_go_together_and_get_their_own() {
        let (together, asked) = (Together::<ObjectId>::default(), Arc::new(AtomicUsize::new(0)));
        let counted = asked.clone();
        let look_up = move |ids: Vec<ObjectId>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let missing = ObjectId::from_bytes([3; 12]);
                let found = ids.into_iter().filter(|id| *id != missing);
                Ok(found.map(|id| (id, id)).collect::<Found<_>>())
            }
        };
        let all = ids(30);
        let ask = |id| together.get(std::slice::from_ref(id), look_up.clone());
        for (id, answer) in all.iter().zip(join_all(all.iter().map(ask)).await) {
            let found = answer.unwrap();
            assert_eq!(found.contains_key(id), id.bytes()[0] != 3);
            assert!(found.len() <= 1);
        }
        assert!(asked.load(Ordering::Relaxed) <= 4, "{asked:?} questions");
    }

    #[tokio::test]
    async fn whoever_hangs_up_takes_nobody_along_and_failures_reach_everybody() {
        let together = Together::<ObjectId>::default();
        let slow = |_ids: Vec<ObjectId>| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Err::<Found<ObjectId>, _>(Failure::not_found("GONE", "gone"))
        };
        let all = ids(4);
        let hangs_up = tokio::time::timeout(Duration::from_millis(10), together.get(&all, slow));
        let (hung_up, answer) = tokio::join!(hangs_up, together.get(&all, slow));
        assert!(hung_up.is_err());
        assert_eq!(answer.unwrap_err().code, "GONE");
    }
}
