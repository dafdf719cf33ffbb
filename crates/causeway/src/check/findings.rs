//! What one question brought to light, piece by piece, until it becomes one answer.

use causeway_core::answer::{Answer, Verdict};

/// Collects what was found in answer to one question.
pub(crate) struct Findings {
    check: &'static str,
    question: &'static str,
    found: Vec<Finding>,
}

struct Finding {
    verdict: Verdict,
    evidence: String,
    recipe: Option<String>,
}

impl Findings {
    pub(crate) fn new(check: &'static str, question: &'static str) -> Self {
        Self { check, question, found: Vec::new() }
    }

    /// Nothing stands against it.
    pub(crate) fn ok(&mut self, evidence: impl Into<String>) {
        let evidence = evidence.into();
        self.found.push(Finding { verdict: Verdict::Ok, evidence, recipe: None });
    }

    /// It can go on; somebody should know.
    pub(crate) fn warn(&mut self, evidence: impl Into<String>, recipe: impl Into<String>) {
        self.but(Verdict::Warning, evidence.into(), recipe.into());
    }

    /// It must not start like this.
    pub(crate) fn refuse(&mut self, evidence: impl Into<String>, recipe: impl Into<String>) {
        self.but(Verdict::Refuses, evidence.into(), recipe.into());
    }

    /// It can't be told, because of `why`.
    pub(crate) fn unknown(&mut self, why: &str) {
        self.warn(format!("unknown: {why}"), how_to_know(why));
    }

    fn but(&mut self, verdict: Verdict, evidence: String, recipe: String) {
        self.found.push(Finding { verdict, evidence, recipe: Some(recipe) });
    }

    /// The worst verdict, with what led to it first. What is in order is left out when something
    /// is not.
    pub(crate) fn answer(mut self) -> Answer {
        self.found.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
        let worst = self.found.first().map_or(Verdict::Ok, |finding| finding.verdict);
        if worst != Verdict::Ok {
            self.found.retain(|finding| finding.verdict != Verdict::Ok);
        }
        let mut recipes: Vec<&str> = Vec::new();
        for recipe in self.found.iter().filter_map(|finding| finding.recipe.as_deref()) {
            if !recipes.contains(&recipe) {
                recipes.push(recipe);
            }
        }
        let recipe = (!recipes.is_empty()).then(|| recipes.join("\n"));
        let evidence: Vec<String> =
            self.found.into_iter().map(|finding| finding.evidence).collect();
        Answer {
            check: self.check,
            question: self.question,
            answer: worst,
            evidence: evidence.join("; "),
            recipe,
        }
    }
}

/// How to be allowed to look.
pub(crate) const GRANT_LOOKING: &str = "let this user look at the server: \
    db.getSiblingDB(\"admin\").grantRolesToUser(USER, [{ role: \"clusterMonitor\", db: \"admin\" }])";

/// How to be able to tell: a privilege when that is what is missing.
pub(crate) fn how_to_know(why: &str) -> &'static str {
    if why.starts_with("needs the privilege") {
        GRANT_LOOKING
    } else {
        "it can't be told from here; look at it on the server"
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::answer::Verdict;

    use super::Findings;

    #[test]
    fn the_worst_finding_is_the_answer() {
        let mut findings = Findings::new("x", "is it?");
        findings.ok("fine");
        findings.warn("odd", "look");
        findings.refuse("bad", "mend");
        findings.refuse("bad too", "mend");
        let answer = findings.answer();
        assert_eq!(answer.answer, Verdict::Refuses);
        assert_eq!(answer.evidence, "bad; bad too; odd");
        assert_eq!(answer.recipe.as_deref(), Some("mend\nlook"));
    }

    #[test]
    fn nothing_found_is_in_order() {
        let answer = Findings::new("x", "is it?").answer();
        assert_eq!((answer.answer, answer.recipe), (Verdict::Ok, None));
    }
}
