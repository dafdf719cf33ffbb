//! A primary that goes away in the middle, while the application writes.

use std::time::Duration;

use bson::doc;
use testbed::data::writer::{Writer, WriterOptions};
use testbed::{ReplicaSet, ReplicaSetOptions};

use crate::trial::{Told, Trial};

const UP: [&str; 4] = ["up", "010", "--documents-per-second-max", "700"];
const DOWN: [&str; 4] = ["down", "010", "--documents-per-second-max", "700"];

/// Three members, quotes, and the old application at work on them. It makes no quotes: one made
/// after the last sweep would lack the field, which is no matter of failovers.
struct Cluster {
    server: ReplicaSet,
    trial: Trial,
    writer: Writer,
}

impl Cluster {
    async fn start() -> Self {
        let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
        let server = ReplicaSet::start(options).await.unwrap();
        let trial = Trial::on(&server, 2_000).await;
        trial.configure(150);
        let application =
            WriterOptions { insert_percent: 0, delete_percent: 5, ..WriterOptions::default() };
        let writer = Writer::start(&server.uri(), "trial", application).unwrap();
        Self { server, trial, writer }
    }

    /// Gives a command, does something to the primary in its middle, and expects that it ends as
    /// asked, at the latest when it is given again.
    async fn survives(&self, given: &[&str], trouble: Trouble) {
        let journal = self.trial.scene.collection("causeway_journal");
        let before = journal.count_documents(doc! {}).await.unwrap();
        let running = self.trial.start(given);
        self.trial.wait_for_batches(before + 3).await;
        let gone = self.make(trouble).await;
        let told = running.end();
        assert!(matches!(told.code, 0 | 5), "{given:?}, {trouble:?}: {told}");
        let primary = self.server.primary().await.unwrap();
        assert_ne!(primary, gone, "there was no election");
        if told.code == 5 {
            assert!(told.failure().contains("the same command"), "{told}");
            let resumed = self.resume(given).await;
            assert_eq!(resumed.code, 0, "{given:?}, {trouble:?}: {told}\nthen {resumed}");
        }
        if trouble == Trouble::Kill {
            self.server.restart(gone).await.unwrap();
        }
        self.trial.assert_free();
    }

    async fn resume(&self, given: &[&str]) -> Told {
        loop {
            let told = self.trial.give(given);
            // The lease could not be given back without a primary; it expires by itself.
            if told.code != 4 {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn make(&self, trouble: Trouble) -> usize {
        match trouble {
            Trouble::StepDown => {
                let primary = self.server.primary().await.unwrap();
                // On a busy machine it may just have begun to step down by itself.
                let _ = self.server.step_down().await;
                primary
            }
            Trouble::Kill => {
                let primary = self.server.primary().await.unwrap();
                self.server.kill(primary).unwrap();
                primary
            }
        }
    }

    /// The application stops, and nothing it was promised is lost.
    async fn end(self, state: &str) {
        assert!(self.writer.acknowledged() > 50, "the application hardly wrote");
        let tally = self.writer.stop().await.unwrap();
        let lost = tally.lost(&self.trial.scene.database).await.unwrap();
        assert!(lost.is_empty(), "{lost:#?}");
        self.trial.expect(0, &["verify", "010", "--state", state]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    StepDown,
    Kill,
}

#[tokio::test(flavor = "multi_thread")]
async fn primaries_step_down() {
    let cluster = Cluster::start().await;
    cluster.survives(&UP, Trouble::StepDown).await;
    let verifying = cluster.trial.start(&["verify", "010", "--state", "applied"]);
    cluster.make(Trouble::StepDown).await;
    let told = verifying.end();
    assert_eq!(told.code, 0, "verification during an election: {told}");
    cluster.survives(&DOWN, Trouble::StepDown).await;
    cluster.end("rolled-back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn primaries_are_killed() {
    let cluster = Cluster::start().await;
    cluster.survives(&UP, Trouble::Kill).await;
    cluster.survives(&DOWN, Trouble::Kill).await;
    cluster.survives(&UP, Trouble::Kill).await;
    cluster.end("applied").await;
}
