//! SIGKILL at every entry of the journal. The entries are those of an undisturbed run, so that a
//! new deed in the engine is a new point at which it is killed here.

use crate::scene::Photo;
use crate::trial::{Death, Saved, Told, Trial};

const QUOTES: u64 = 400;
const UP: [&str; 2] = ["up", "010"];
const DOWN: [&str; 2] = ["down", "010"];

/// A command that ends as asked from every point at which it can be killed.
struct Course {
    trial: Trial,
    command: [&'static str; 2],
    /// Before the command.
    start: Saved,
    /// After it, when nobody disturbs it.
    goal: Photo,
    /// Entries of its undisturbed journal: whether each tells that something is done.
    entries: Vec<bool>,
}

impl Course {
    async fn up() -> Self {
        let trial = Trial::shared(QUOTES).await;
        trial.configure(60);
        Self::undisturbed(trial, UP, "applied").await
    }

    async fn down() -> Self {
        let trial = Trial::shared(QUOTES).await;
        trial.configure(60);
        trial.expect(0, &UP);
        Self::undisturbed(trial, DOWN, "rolled-back").await
    }

    async fn undisturbed(trial: Trial, command: [&'static str; 2], state: &'static str) -> Self {
        let start = trial.save().await;
        let told = trial.expect(0, &command);
        let goal = trial.scene.photo().await;
        let journal = trial.journal(&told.run());
        let entries: Vec<bool> = journal.iter().map(|entry| entry["entry"] == "done").collect();
        assert!(entries.len() > 24, "too few entries to be a test: {journal:?}");
        trial.expect(0, &["verify", "010", "--state", state]);
        Self { trial, command, start, goal, entries }
    }

    async fn survives(&self, death: Death) {
        let Self { trial, command, .. } = self;
        trial.restore(&self.start).await;
        let killed = trial.give_dying(command, death);
        if killed.code == 0 {
            // Two workers do not take turns in the same way every time; a journal may be shorter.
            let (Death::After(seq) | Death::Before(seq)) = death;
            let entries = trial.journal(&killed.run()).len() as u64;
            assert!(seq >= entries, "{death:?} did not happen:\n{killed}");
            return;
        }
        assert_eq!(killed.code, -9, "{death:?}: {killed}");
        let status = trial.expect(0, &["status"]);
        let run = status.events.iter().find(|row| row["row"] == "run_under_way");
        assert!(
            run.is_some() || self.nothing_under_way(death),
            "{death:?}: a run that was killed is not shown\n{status}"
        );
        let resumed = self.go_on();
        assert_eq!(resumed.code, 0, "{death:?}, then: {resumed}");
        let different = self.goal.differences(&trial.scene.photo().await);
        assert!(different.is_empty(), "{death:?} and going on: {different:#?}");
        assert!(trial.lease().await.get_bool("released").unwrap(), "{death:?}: the lease is held");
    }

    /// Only before the run is written down, and after its end was.
    fn nothing_under_way(&self, death: Death) -> bool {
        match death {
            Death::After(seq) => seq < 2,
            Death::Before(seq) => seq < 2,
        }
    }

    /// What a person does who knows that the runner is dead, and then the same command. That the
    /// lease is respected, and expires by itself, is tried elsewhere: it takes seconds.
    fn go_on(&self) -> Told {
        self.trial.expect(0, &["unlock", "--force"]);
        self.trial.give(&self.command)
    }
}

async fn after_every_entry(course: &Course) {
    for seq in 0..course.entries.len() as u64 {
        course.survives(Death::After(seq)).await;
    }
}

/// A deed that is done, and whose result did not get on disk.
async fn before_every_result(course: &Course) {
    let results = course.entries.iter().enumerate().filter(|(_, is_result)| **is_result);
    for (seq, _) in results {
        course.survives(Death::Before(seq as u64)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn up_killed_after_every_entry_goes_on() {
    after_every_entry(&Course::up().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_killed_before_every_result_goes_on() {
    before_every_result(&Course::up().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn down_killed_after_every_entry_goes_on() {
    after_every_entry(&Course::down().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn down_killed_before_every_result_goes_on() {
    before_every_result(&Course::down().await).await;
}
