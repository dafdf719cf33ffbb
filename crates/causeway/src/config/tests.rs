//! What a configuration may say, and where a mistake in it stands.

use std::path::Path;
use std::time::Duration;

use super::Config;
use crate::command::arguments::{Length, Limit, LimitArguments};
use crate::monitor::{Then, Threshold, Thresholds};
use crate::notices::Moment;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("causeway.toml"), text).map_err(|failure| failure.message)
}

#[test]
fn the_command_line_goes_before_the_file() {
    let text = "[limits]\nlag_seconds_max = 2\nqueue_max = \"off\"\n";
    let config = parse(text).unwrap();
    let given =
        LimitArguments { lag_seconds_max: Some(Limit::At(7.0)), ..LimitArguments::default() };
    let limits = config.limits(&given);
    assert_eq!(limits.measured.lag_seconds_max, Some(7.0));
    assert_eq!(limits.measured.queue_max, None);
    let without = config.limits(&LimitArguments::default());
    assert_eq!(without.measured.lag_seconds_max, Some(2.0));
}

#[test]
fn only_production_asks_for_a_proof() {
    let minutes = |text: &str| {
        let max = parse(text).unwrap().backup_max_age();
        max.map(|age| age.as_secs() / 60)
    };
    assert_eq!(minutes("environment = \"production\"\n"), Some(120));
    let given = "environment = \"production\"\n[backup]\nmax_age = \"1h 30m\"\n";
    assert_eq!(minutes(given), Some(90));
    assert_eq!(minutes("environment = \"staging\"\n"), None);
    assert_eq!(minutes(""), None);
}

#[test]
fn what_init_writes_as_built_in_is_built_in() {
    let written = include_str!("../command/init/causeway.toml");
    let written = written.replace("#: ", "").replace("#:\n", "\n");
    let (config, built_in) = (parse(&written).unwrap(), Config::default());
    let given = LimitArguments::default();
    assert_eq!(config.limits(&given), built_in.limits(&given));
    assert_eq!(config.lease_life(), built_in.lease_life());
    let (told, ours) = (config.maintenance(), built_in.maintenance());
    assert_eq!(told.message(), ours.message());
    assert_eq!(told.minutes(), ours.minutes());
    assert_eq!(told.fence(), ours.fence());
    assert_eq!(told.scope(), ours.scope());
    for moment in Moment::ALL {
        let subject = format!("subject = \"{}\"", built_in.notices.wording(moment).subject);
        assert!(written.contains(&subject), "{subject} does not stand there");
        assert_eq!(config.notices.wording(moment), built_in.notices.wording(moment));
    }
    assert_eq!(config.notices.lead(), built_in.notices.lead());
    assert_eq!(config.notices.minutes(), built_in.notices.minutes());
    assert_eq!(config.notices.patience(), built_in.notices.patience());
    assert_eq!(config.status_page.title(), built_in.status_page.title());
    let (run, ours) = (&config.run, &built_in.run);
    assert_eq!(run.on_failure(), ours.on_failure());
    assert_eq!(run.maintenance(), ours.maintenance());
    assert_eq!(run.rehearsal_max_age(), ours.rehearsal_max_age());
    assert_eq!((run.quiet(), run.quiet_max()), (ours.quiet(), ours.quiet_max()));
    assert_eq!(run.baseline(), ours.baseline());
    assert_eq!(config.window.outside(), built_in.window.outside());
    assert_eq!(config.review.days(), built_in.review.days());
    assert_eq!(config.monitor(), built_in.monitor());
    assert_eq!(config.metrics.selectors(), built_in.metrics.selectors());
    assert_eq!(config.watch(None, None), built_in.watch(None, None));
    assert_eq!(config.watch_in_run(), built_in.watch_in_run());
}

#[test]
fn thresholds_are_tables_or_off() {
    let text = "[thresholds]\nlag_seconds = \"off\"\n\
        p99_milliseconds = { max = 500, then = \"warn\", for_seconds = 30 }\n";
    let thresholds = parse(text).unwrap().monitor().thresholds;
    assert_eq!(thresholds.lag_seconds, None);
    let p99 = Threshold { limit: 500.0, then: Then::Warn, for_seconds: 30.0 };
    assert_eq!(thresholds.p99_milliseconds, Some(p99));
    assert_eq!(thresholds.run_minutes, Thresholds::default().run_minutes);
}

#[test]
fn the_watch_of_a_run_may_be_left_out() {
    let minutes = |text: &str| parse(text).unwrap().watch_in_run().map(|it| it.as_secs() / 60);
    assert_eq!(minutes(""), Some(10));
    assert_eq!(minutes("[watch]\nin_run = \"0s\"\n"), None);
    let config = parse("[watch]\nfor = \"2h\"\nevery = \"1m\"\n").unwrap();
    let watch = config.watch(None, Some(Length(Duration::from_secs(5))));
    assert_eq!((watch.length.as_secs(), watch.every.as_secs()), (7_200, 5));
}

#[test]
fn what_may_not_stand_there_is_named_with_its_line() {
    let wrong = [
        ("[limits]\nlag = 3\n", "causeway.toml:2: unknown field `lag`"),
        ("\n[limit]\nqueue_max = 3\n", "causeway.toml:2: unknown field `limit`"),
        ("[limits]\n\nqueue_max = -3\n", "causeway.toml:3: expected a whole number above 0"),
        ("[limits]\nqueue_max = \"3\"\n", "causeway.toml:2: expected a whole number above 0"),
        ("[lease]\nlife_seconds = 1\n", "causeway.toml:2: expected 5 to 600 seconds"),
        ("[lease\n", "causeway.toml:1: "),
        ("environment = \"live\"\n", "causeway.toml:1: unknown variant `live`"),
        ("[backup]\nmax_age = \"soon\"\n", "causeway.toml:2: expected a time"),
        ("[backup]\nkeep = 0\n", "causeway.toml:2: "),
        ("[maintenance]\nfence = 1\n", "causeway.toml:2: "),
        ("[maintenance]\nminutes = -5\n", "causeway.toml:2: "),
        ("[notices]\nzone = \"Moon\"\n", "causeway.toml:2: there is no time zone `Moon`"),
        ("[notices]\nminutes = 0\n", "causeway.toml:2: expected minutes such as 30"),
        ("[notices.before]\nlead = 3\n", "causeway.toml:2: unknown field `lead`"),
        ("[notices.during]\nlead_hours = 3\n", "causeway.toml:2: unknown field `lead_hours`"),
        ("[notices.after]\nchannels = [\"sms\"]\n", "causeway.toml:2: unknown variant `sms`"),
        ("[notices.after]\nsubject = \"\"\n", "causeway.toml:2: the subject is empty"),
        (
            "[notices.after]\ntext = \"\"\"\none\ntwo {when}\n\"\"\"\n",
            "causeway.toml:4: unknown placeholder `when`, expected one of {date}",
        ),
        ("[email]\nsmtp = \"smtp://a\"\n", "causeway.toml:1: missing field `from`"),
        (
            "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\npassword = \"s3cr3t\"\n",
            "causeway.toml:4: a password does not belong in this file",
        ),
        (
            "[email]\nfrom = \"a@b.c\"\nsmtp = \"smtp://ann:s3cr3t@a\"\n",
            "causeway.toml:3: the address holds a user or a password",
        ),
        (
            "[email]\nsmtp = \"http://a\"\nfrom = \"a@b.c\"\n",
            "causeway.toml:2: expected an address that begins smtp:// or smtps://",
        ),
        (
            "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\nto = [\n  \"a@b.c\",\n  \"ann\",\n]\n",
            "causeway.toml:6: `ann` is no e-mail address",
        ),
        (
            "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\nusername = \"a\"\npassword_env = \"s3cr3t!\"\n",
            "causeway.toml:5: password_env is the name of an environment variable",
        ),
        (
            "[[webhook]]\nurl = \"https://a/\"\nsecret_env = \"S\"\nsecret = \"s3cr3t\"\n",
            "causeway.toml:4: a secret does not belong in this file",
        ),
        ("[status_page]\nurl = \"status\"\n", "causeway.toml:2: expected an address"),
        ("[run]\non_failure = \"pray\"\n", "causeway.toml:2: unknown variant `pray`"),
        ("[run]\nrehearsal_max_age = \"soon\"\n", "causeway.toml:2: expected a time"),
        ("[run]\nquiet_seconds = 99999\n", "causeway.toml:2: expected at most 3600"),
        ("[window]\nstart = \"2 o'clock\"\n", "causeway.toml:2: expected a time of day"),
        ("[window]\nlow_traffic = \"night\"\n", "causeway.toml:2: expected hours such as"),
        ("[[job]]\nname = \"a\"\nstop = \"x\"\n", "causeway.toml:1: missing field `start`"),
        (
            "[[job]]\nname = \"a\"\nstop = []\nstart = \"x\"\n",
            "causeway.toml:2: a command of this job is empty",
        ),
        (
            "[[job]]\nname = \"a\"\nstop = \"x\"\nstart = \"x\"\n\
             [[job]]\nname = \"a\"\nstop = \"x\"\nstart = \"x\"\n",
            "causeway.toml:6: `a` stands here twice",
        ),
        (
            "[[manual]]\nname = \"deploy\"\ntext = \"x\"\n",
            "causeway.toml:2: `deploy` needs one place",
        ),
        (
            "[[manual]]\nname = \"deploy\"\ntext = \"x\"\nafter = \"tea\"\n",
            "causeway.toml:4: there is no step `tea`",
        ),
        (
            "[[hook]]\nname = \"a\"\ncommand = \"x\"\non = \"success\"\nafter = \"up\"\n",
            "causeway.toml:2: `a` needs one place",
        ),
        ("[[smoke]]\nname = \"a\"\n", "causeway.toml:2: a smoke check has a url, or"),
        (
            "[[smoke]]\nname = \"a\"\nurl = \"http://a/\"\nexpect = { total = 1 }\n",
            "causeway.toml:2: `total` is no JSON Pointer",
        ),
        (
            "[[smoke]]\nname = \"a\"\nurl = \"http://ann:s3cr3t@a/\"\n",
            "causeway.toml:3: the address holds a user or a password",
        ),
        ("[[smoke]]\nname = \"a\"\nurl = \"http://a/{b}\"\n", "causeway.toml:2: no check before"),
        (
            "[contacts]\nann = \"1\"\n[escalation]\noutage = \"bob\"\n",
            "causeway.toml:4: [contacts] has no `bob`",
        ),
        ("[metrics]\nurl = \"app\"\n", "causeway.toml:2: expected an address"),
        (
            "[metrics]\n\nurl = \"http://ann:s3cr3t@app/metrics\"\n",
            "causeway.toml:3: the address holds a user or a password",
        ),
        ("[metrics]\nerrors = \"a{b=~\\\"c\\\"}\"\n", "causeway.toml:2: expected a metric's name"),
        ("[metrics]\nrequest = \"a\"\n", "causeway.toml:2: unknown field `request`"),
        ("[thresholds]\nlag = \"off\"\n", "causeway.toml:2: unknown field `lag`"),
        ("[thresholds]\nlag_seconds = 3\n", "causeway.toml:2: "),
        ("[thresholds]\nlag_seconds = \"no\"\n", "causeway.toml:2: expected a table such as"),
        ("[thresholds]\nlag_seconds = { max = 3 }\n", "causeway.toml:2: missing field `then`"),
        (
            "[thresholds]\nlag_seconds = { max = 3, then = \"stop\" }\n",
            "causeway.toml:2: unknown variant `stop`",
        ),
        (
            "[thresholds]\ndisk_free_gigabytes = { max = 3, then = \"warn\" }\n",
            "causeway.toml:2: unknown field `max`",
        ),
        (
            "[thresholds.lag_seconds]\nmax = -1\nthen = \"warn\"\n",
            "causeway.toml:2: expected a number above 0",
        ),
        (
            "[thresholds.run_minutes]\nmax = 1\nthen = \"pause\"\n",
            "causeway.toml:3: expected warn or roll_back",
        ),
        ("[watch]\nfor = \"soon\"\n", "causeway.toml:2: expected a time such as"),
        ("[watch]\nfor = 24\n", "causeway.toml:2: "),
    ];
    for (text, expected) in wrong {
        let message = parse(text).unwrap_err();
        assert!(message.starts_with(expected), "{text:?}: {message}");
        assert!(!message.contains("s3cr3t"), "{message}");
    }
}
