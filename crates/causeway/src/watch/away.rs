//! Says once that somebody does not answer, and once that they do again.

use std::collections::BTreeSet;
use std::time::Instant;

use causeway_core::sample::Sample;

use crate::clock::duration_words;
use crate::reporter::Reporter;

/// Who is away at present, and what can't be measured.
#[derive(Debug, Default)]
pub(super) struct Away {
    server: Option<Instant>,
    application: Option<Instant>,
    unmeasured: BTreeSet<String>,
}

impl Away {
    /// Takes a look into account.
    pub(super) fn take(&mut self, sample: &Sample, reporter: &Reporter) {
        let away = |who: &str| {
            let of = |words: &&String| words.starts_with(&format!("{who}: "));
            sample.trouble.iter().find(of).map(|words| words[who.len() + 2..].to_owned())
        };
        tell(&mut self.server, ("server", away("server")), reporter);
        tell(&mut self.application, ("application", away("application")), reporter);
        for words in &sample.trouble {
            let what = words.split(": ").next().unwrap_or_default();
            let somebody = ["server", "application"].contains(&what);
            if !somebody && self.unmeasured.insert(what.to_owned()) {
                reporter.warning(format!("not measured: {words}"));
            }
        }
    }
}

fn tell(since: &mut Option<Instant>, (who, away): (&str, Option<String>), reporter: &Reporter) {
    match (*since, away) {
        (None, Some(why)) => {
            reporter.warning(format!("the {who} does not answer: {why}"));
            *since = Some(Instant::now());
        }
        (Some(began), None) => {
            let away = duration_words(began.elapsed().as_secs_f64());
            reporter.fact("watch", format!("the {who} answers again, after {away}"));
            *since = None;
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
}
