//! Whether this user may do what the migration does.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};
use causeway_core::answer::Answer;
use causeway_core::inventory::Known;
use causeway_core::migration::{Migration, Step};

use super::findings::{Findings, GRANT_LOOKING};
use super::seen::Seen;
use super::server::documents;
use crate::target::Target;

/// Where Causeway keeps what it has to keep.
const OWN: [&str; 7] = [
    "migrations",
    "causeway_lock",
    "causeway_runs",
    "causeway_journal",
    "causeway_archive",
    "causeway_state",
    "causeway_reports",
];
const OWN_ACTIONS: [&str; 5] = ["find", "insert", "update", "remove", "createCollection"];
/// To be able to look at the server while it works.
const LOOKING: [&str; 3] = ["serverStatus", "replSetGetStatus", "inprog"];

pub(super) fn enough(target: &Target, migration: &Migration, seen: &Seen) -> Answer {
    let mut findings = Findings::new("privileges", "may this user do what the migration does?");
    let user = match &seen.user {
        Known::Known(user) => user,
        Known::Unknown { why } => {
            findings.unknown(why);
            return findings.answer();
        }
    };
    let Ok(info) = user.get_document("authInfo") else {
        findings.unknown("connectionStatus says nothing of the user");
        return findings.answer();
    };
    let name =
        documents(info, "authenticatedUsers").next().and_then(|user| user.get_str("user").ok());
    let Some(name) = name else {
        findings.warn(
            "access control is off: everybody who reaches the server may do everything",
            "turn it on: security.authorization: enabled in mongod.conf, after making a user",
        );
        return findings.answer();
    };
    judge(&mut findings, &Asked { target, migration, name, granted: Granted::of(info) });
    findings.answer()
}

struct Asked<'a> {
    target: &'a Target,
    migration: &'a Migration,
    name: &'a str,
    granted: Granted<'a>,
}

fn judge(findings: &mut Findings, asked: &Asked<'_>) {
    let database = asked.target.name();
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (collection, actions) in needed(asked.migration) {
        for action in actions {
            if !asked.granted.on(database, collection, action) {
                missing.entry(action).or_default().push(collection);
            }
        }
    }
    if !missing.is_empty() {
        let each: Vec<String> = missing
            .iter()
            .map(|(action, collections)| format!("{action} on {}", collections.join(", ")))
            .collect();
        findings.refuse(
            format!("{} may not {}", asked.name, each.join("; ")),
            format!(
                "run it as a user who may, or: db.getSiblingDB(\"admin\").grantRolesToUser(\"{}\", \
                 [{{ role: \"readWrite\", db: \"{database}\" }}, {{ role: \"dbAdmin\", db: \
                 \"{database}\" }}])",
                asked.name
            ),
        );
    }
    let blind: Vec<&str> =
        LOOKING.into_iter().filter(|action| !asked.granted.on_cluster(action)).collect();
    if !blind.is_empty() {
        findings.warn(
            format!("{} may not look at the server: {}", asked.name, blind.join(", ")),
            GRANT_LOOKING,
        );
    }
    findings.ok(format!("{} may do all of it", asked.name));
}

/// Which actions on which collections.
fn needed(migration: &Migration) -> BTreeMap<&str, BTreeSet<&'static str>> {
    let mut needed: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for step in &migration.steps {
        let actions = needed.entry(step.collection().as_str()).or_default();
        actions.insert("find");
        actions.extend(match step {
            Step::AddField(_)
            | Step::RemoveField(_)
            | Step::RenameField(_)
            | Step::SetComputed(_) => ["update", "bypassDocumentValidation"].as_slice(),
            Step::CreateIndex(_) | Step::DropIndex(_) => ["createIndex", "dropIndex"].as_slice(),
            Step::ExtendEnum(_) => ["collMod"].as_slice(),
        });
    }
    for own in OWN {
        needed.entry(own).or_default().extend(OWN_ACTIONS);
    }
    needed
}

/// What the server says the user may do.
struct Granted<'a>(Vec<&'a Document>);

impl<'a> Granted<'a> {
    fn of(info: &'a Document) -> Self {
        Self(documents(info, "authenticatedUserPrivileges").collect())
    }

    fn on(&self, database: &str, collection: &str, action: &str) -> bool {
        self.allowing(action).any(|resource| {
            let names = |key: &str, name: &str| {
                resource.get_str(key).is_ok_and(|named| named.is_empty() || named == name)
            };
            any(resource) || (names("db", database) && names("collection", collection))
        })
    }

    fn on_cluster(&self, action: &str) -> bool {
        self.allowing(action)
            .any(|resource| any(resource) || resource.get_bool("cluster").unwrap_or(false))
    }

    fn allowing(&self, action: &str) -> impl Iterator<Item = &'a Document> {
        self.0.iter().filter_map(move |privilege| {
            let actions = privilege.get_array("actions").ok()?;
            let allowed = actions
                .iter()
                .filter_map(Bson::as_str)
                .any(|named| named == action || named == "anyAction");
            if allowed { privilege.get_document("resource").ok() } else { None }
        })
    }
}

fn any(resource: &Document) -> bool {
    resource.get_bool("anyResource").unwrap_or(false)
}
