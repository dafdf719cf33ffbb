//! Whether there is a backup to go back to, when everything else fails.

use std::time::Duration;

use causeway_core::answer::Answer;

use super::Facts;
use super::findings::Findings;
use crate::clock::duration_words;
use crate::failure::Result;

pub(super) fn proved(facts: &Facts<'_>) -> Result<Answer> {
    let mut findings = Findings::new("backup", "is there a backup that was restored and compared?");
    let need = &facts.settings.backup;
    let latest = need.latest(facts.target)?;
    let version = &facts.migration.version;
    let recipe = format!(
        "causeway backup create --for {version}, then causeway backup prove with the folder that it names"
    );
    match (need.max_age, latest) {
        (_, Some(proven)) if need.is_met_by(&proven) => findings.ok(proven.words()),
        // Who goes on with a run must not be kept from it because the backup has grown old meanwhile.
        (Some(_), latest) if facts.application.is_some() => findings.ok(match latest {
            Some(proven) => format!("not asked again for a run that was begun: {}", proven.words()),
            None => "not asked again for a run that was begun".to_owned(),
        }),
        (Some(_), _) if need.without => {
            findings.warn("none: --without-backup", recipe);
        }
        (Some(max), Some(proven)) => findings.refuse(
            format!("the latest proof is older than {}: {}", age(max), proven.words()),
            format!("{recipe}; or --without-backup, which the journal keeps"),
        ),
        (Some(max), None) => findings.refuse(
            format!(
                "none of {} in {} was proved within {}, and the environment is production",
                facts.target.name(),
                need.home.display(),
                age(max)
            ),
            format!("{recipe}; or --without-backup, which the journal keeps"),
        ),
        (None, _) => findings.ok("none was proved; asked for in production only"),
    }
    Ok(findings.answer())
}

fn age(max: Duration) -> String {
    duration_words(max.as_secs_f64())
}
