//! SIGKILL where each step begins, and when it is done and nothing says so, forwards and back: the same
//! command goes on. Between two steps is where the second one begins.

use testbed::HttpEndpoint;

use super::play::{Play, RUN};
use crate::trial::Told;

/// Steps of an undisturbed run in their order.
async fn steps(play: &Play) -> Vec<String> {
    play.states().await.into_iter().map(|(step, _)| step).collect()
}

fn die(play: &Play, at: &str, arguments: &[&str]) -> Told {
    let mut command = play.trial.command(arguments);
    command.env("CAUSEWAY_DIE_AT_STEP", at);
    play.trial.start_command(command).end()
}

/// That the turn is respected, and expires by itself, is tried elsewhere: it takes seconds.
fn unlock(play: &Play) {
    play.trial.expect(0, &["unlock", "--force"]);
}

async fn forwards(point: &str) {
    let play = Play::new().await;
    let start = play.save().await;
    play.run(0);
    let goal = play.trial.scene.photo().await;
    let steps = steps(&play).await;
    assert!(steps.len() > 10, "{steps:?}");
    for step in steps {
        play.trial.restore(&start).await;
        let _ = std::fs::remove_file(play.trial.scene.path().join("stopped"));
        let at = format!("{point}:{step}");
        let killed = die(&play, &at, &RUN);
        assert_eq!(killed.code, -9, "{at} did not happen\n{killed}");
        unlock(&play);
        let told = play.trial.give(&RUN);
        assert_eq!(told.code, 0, "{at}, then: {told}");
        let different = goal.differences(&play.trial.scene.photo().await);
        assert!(different.is_empty(), "{at} and going on: {different:#?}");
        play.assert_people_are_in(&told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_each_step_begins() {
    forwards("begun").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_each_step_is_done_and_nothing_says_so() {
    forwards("done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_way_back() {
    let play = Play::new().await;
    let application = HttpEndpoint::start().unwrap();
    let smoke = format!("[[smoke]]\nname = \"look\"\nurl = \"{}\"\n", application.url());
    play.configure("on_failure = \"roll_back\"", &smoke);
    let start = play.save().await;
    application.answer([500]);
    play.run(7);
    let steps = steps(&play).await;
    let back: Vec<&String> = steps.iter().filter(|step| step.starts_with("back:")).collect();
    assert!(back.len() > 5, "{steps:?}");
    for step in back {
        for point in ["begun", "done"] {
            play.trial.restore(&start).await;
            let _ = std::fs::remove_file(play.trial.scene.path().join("stopped"));
            application.answer([500]);
            let at = format!("{point}:{step}");
            let killed = die(&play, &at, &RUN);
            assert_eq!(killed.code, -9, "{at} did not happen\n{killed}");
            unlock(&play);
            let told = play.trial.give(&RUN);
            assert_eq!(told.code, 7, "{at}, then: {told}");
            play.assert_people_are_in(&told).await;
            play.assert_as_before().await;
        }
    }
}
