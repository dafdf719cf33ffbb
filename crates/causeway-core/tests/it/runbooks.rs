//! The course of a run, and the way back from every place of it.

use bson::DateTime;
use causeway_core::runbook::{
    Back, Course, JobRecord, JobState, Place, RunRecord, Shape, Step, StepRecord, StepState,
    way_back,
};

fn tried(step: &Step, state: StepState) -> StepRecord {
    StepRecord {
        step: step.id(),
        title: step.title(),
        state,
        began: DateTime::from_millis(0),
        ended: None,
        evidence: String::new(),
        warnings: Vec::new(),
        by: "ann".to_owned(),
        host: "desk".to_owned(),
    }
}

fn run(steps: &[(Step, StepState)], jobs: &[JobState]) -> RunRecord {
    RunRecord {
        id: "2026-11-22-0155-abc".to_owned(),
        application: "2026-11-22-0155-abc".to_owned(),
        direction: "run".to_owned(),
        version: "010".to_owned(),
        title: String::new(),
        migration_sha256: String::new(),
        status: "running".to_owned(),
        exit_code: None,
        command: String::new(),
        operator: "ann".to_owned(),
        host: "desk".to_owned(),
        folder: String::new(),
        started_at: DateTime::from_millis(0),
        ended_at: None,
        window: None,
        maintenance: true,
        without_backup: false,
        backup: None,
        up: None,
        down: None,
        steps: steps.iter().map(|(step, state)| tried(step, *state)).collect(),
        jobs: jobs
            .iter()
            .map(|state| JobRecord { name: "worker".to_owned(), state: *state })
            .collect(),
        left_behind: Vec::new(),
        failing: None,
        notes: Vec::new(),
    }
}

fn ids(course: &Course) -> Vec<String> {
    course.steps().iter().map(Step::id).collect()
}

fn manual(place: Place, name: &str) -> (Place, Step) {
    (place, Step::Manual(name.to_owned()))
}

#[test]
fn steps_of_the_projects_own_stand_where_they_were_put() {
    let before = |id: &str| Place::Before(id.to_owned());
    let after = |id: &str| Place::After(id.to_owned());
    let own = vec![
        manual(after("verify"), "one"),
        manual(after("verify"), "two"),
        manual(before("verify"), "zero"),
        manual(before("announce"), "first"),
        manual(after("watch"), "last"),
    ];
    let shape = Shape { own, ..Shape::default() };
    let course = Course::of(&shape).unwrap();
    let ids = ids(&course);
    assert_eq!(ids.first().unwrap(), "manual:first");
    assert_eq!(ids.last().unwrap(), "manual:last");
    let at = ids.iter().position(|id| id == "verify").unwrap();
    assert_eq!(ids[at - 1..at + 3], ["manual:zero", "verify", "manual:one", "manual:two"]);
    let wrong = Shape { own: vec![manual(before("tea"), "x")], ..Shape::default() };
    assert_eq!(Course::of(&wrong), Err("tea".to_owned()));
}

#[test]
fn beside_a_step_that_the_run_has_not_they_stand_where_it_would_be() {
    let own = vec![
        manual(Place::After("lift-fence".to_owned()), "deploy"),
        manual(Place::Before("tell-end".to_owned()), "look"),
    ];
    let shape = Shape { without: ["lift-fence", "tell-end", "watch"].into(), own };
    let ids = ids(&Course::of(&shape).unwrap());
    let at = ids.iter().position(|id| id == "manual:deploy").unwrap();
    assert_eq!(ids[at - 1..=at + 1], ["verify", "manual:deploy", "smoke"]);
    assert_eq!(ids.last().unwrap(), "manual:look");
}

#[test]
fn what_comes_next_is_the_first_step_without_evidence() {
    let course = Course::of(&Shape::default()).unwrap();
    assert_eq!(course.next(&[]), Some(&Step::Announce));
    let mut records =
        vec![tried(&Step::Announce, StepState::Skipped), tried(&Step::Check, StepState::Done)];
    assert_eq!(course.next(&records), Some(&Step::Backup));
    assert_eq!(course.missing_before(&Step::Up, &records), Some(&Step::Backup));
    assert_eq!(course.missing_before(&Step::Backup, &records), None);
    // Open means that nobody knows, and the last try counts.
    records.push(tried(&Step::Check, StepState::Open));
    assert_eq!(course.next(&records), Some(&Step::Check));
    records.push(tried(&Step::Check, StepState::Incomplete));
    assert_eq!(course.next(&records), Some(&Step::Backup));
    let all: Vec<StepRecord> =
        course.steps().iter().map(|step| tried(step, StepState::Done)).collect();
    assert_eq!(course.next(&all), None);
}

/// Goes back, step by step, as a run does.
fn gone_back(mut run: RunRecord) -> Vec<Back> {
    let mut gone = Vec::new();
    while let Some(back) = way_back(&run).first().copied() {
        assert!(gone.len() < 20, "it goes round in circles: {gone:?}");
        match back {
            Back::StopJobs => run.jobs.iter_mut().for_each(|job| job.state = JobState::Stopped),
            Back::StartJobs => run.jobs.iter_mut().for_each(|job| job.state = JobState::Started),
            _ => {}
        }
        run.steps.push(tried(&Step::Back(back), StepState::Done));
        gone.push(back);
    }
    gone
}

#[test]
fn before_people_noticed_anything_there_is_nothing_to_switch_back() {
    assert_eq!(gone_back(run(&[(Step::Check, StepState::Failed)], &[])), []);
    let announced =
        run(&[(Step::Announce, StepState::Done), (Step::Check, StepState::Failed)], &[]);
    assert_eq!(gone_back(announced), [Back::Tell], "those who were told are told");
    let skipped = run(&[(Step::Announce, StepState::Skipped)], &[]);
    assert_eq!(gone_back(skipped), []);
}

#[test]
fn before_the_migration_only_switches_go_back() {
    let steps = [(Step::BeginMaintenance, StepState::Open)];
    assert_eq!(gone_back(run(&steps, &[])), [Back::LiftFence, Back::EndMaintenance]);
    let steps = [
        (Step::BeginMaintenance, StepState::Done),
        (Step::TellBegin, StepState::Incomplete),
        (Step::StopJobs, StepState::Failed),
    ];
    let expected = [Back::LiftFence, Back::StartJobs, Back::EndMaintenance, Back::Tell];
    assert_eq!(gone_back(run(&steps, &[JobState::Stopping])), expected);
}

#[test]
fn once_it_was_begun_it_is_rolled_back_behind_maintenance() {
    let steps = [
        (Step::BeginMaintenance, StepState::Done),
        (Step::StopJobs, StepState::Done),
        (Step::Up, StepState::Open),
    ];
    let expected = [
        Back::BeginMaintenance,
        Back::Down,
        Back::Verify,
        Back::LiftFence,
        Back::StartJobs,
        Back::EndMaintenance,
    ];
    assert_eq!(gone_back(run(&steps, &[JobState::Stopped])), expected);
}

#[test]
fn the_day_after_jobs_are_stopped_again_and_started_once() {
    let steps: Vec<(Step, StepState)> =
        Step::USUAL.iter().map(|step| (step.clone(), StepState::Done)).collect();
    let expected = [
        Back::BeginMaintenance,
        Back::StopJobs,
        Back::Down,
        Back::Verify,
        Back::LiftFence,
        Back::StartJobs,
        Back::EndMaintenance,
        Back::Tell,
    ];
    assert_eq!(gone_back(run(&steps, &[JobState::Started])), expected);
    let mut without = run(&steps[11..13], &[]);
    without.maintenance = false;
    assert_eq!(gone_back(without), [Back::Down, Back::Verify]);
}

#[test]
fn every_step_has_its_own_name() {
    let usual = Step::USUAL.into_iter();
    let all: Vec<String> = usual.chain(Back::ALL.map(Step::Back)).map(|step| step.id()).collect();
    let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "{all:?}");
}
