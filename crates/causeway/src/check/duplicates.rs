//! Whether a unique index would meet documents with the same keys: its build would run to the end
//! and then fail.

use bson::{Bson, Document, doc};
use causeway_core::answer::Answer;
use causeway_core::index::IndexDefinition;
use causeway_core::inventory::{Depth, Known};
use causeway_core::migration::{CreateIndex, Step};
use causeway_core::plan::Action;

use super::Facts;
use super::findings::Findings;
use crate::failure::Result;
use crate::permitted::{Need, aggregate};

/// Keys that are named where there are many.
const KEYS_MAX: i32 = 5;

/// The answer, when the migration creates a unique index at all and documents may be read.
pub(super) async fn in_the_way(facts: &Facts<'_>) -> Result<Option<Answer>> {
    let mut findings = Findings::new("duplicates", "would a unique index meet duplicates?");
    let mut asked = 0;
    for (step, planned) in facts.migration.steps.iter().zip(&facts.plan.steps) {
        let Step::CreateIndex(step) = step else { continue };
        let unique = step.index.options.get_bool("unique").unwrap_or(false);
        let created = matches!(planned.action, Action::CreateIndex | Action::ReplaceIndex { .. });
        if unique && created && facts.inventory.depth == Depth::Full {
            asked += 1;
            look(facts, step, &mut findings).await?;
        }
    }
    Ok((asked > 0).then(|| findings.answer()))
}

async fn look(facts: &Facts<'_>, step: &CreateIndex, findings: &mut Findings) -> Result<()> {
    let name = step.collection.as_str();
    let found =
        aggregate(&facts.target.database, name, pipeline(&step.index), Need::read("find")).await?;
    match found {
        Known::Unknown { why } => findings.unknown(&why),
        Known::Known(found) if found.is_empty() => {
            findings.ok(format!("{}: none", step.index.name));
        }
        Known::Known(found) => {
            let keys: Vec<String> = found.iter().map(shown).collect();
            findings.refuse(
                format!("{} is unique, but {name} has {}", step.index.name, keys.join(", ")),
                format!("make them different, or remove what is double: db.getCollection({name:?}).find(…)"),
            );
        }
    }
    Ok(())
}

/// Groups documents by their keys, in about the way the index does: an array counts as each of its
/// elements, a missing field as null, and what a sparse or partial index leaves out is left out.
fn pipeline(index: &IndexDefinition) -> Vec<Document> {
    let paths: Vec<&str> = index.keys.iter().flatten().map(|(path, _)| path.as_str()).collect();
    let mut stages = Vec::new();
    if let Ok(partial) = index.options.get_document("partialFilterExpression") {
        stages.extend(Document::try_from(partial).map(|partial| doc! { "$match": partial }));
    }
    if index.options.get_bool("sparse").unwrap_or(false) {
        let exists: Vec<Document> =
            paths.iter().map(|path| doc! { *path: { "$exists": true } }).collect();
        stages.push(doc! { "$match": { "$or": exists } });
    }
    let mut keys = Document::new();
    for (at, path) in paths.iter().enumerate() {
        keys.insert(format!("k{at}"), format!("${path}"));
    }
    stages.push(doc! { "$project": keys.clone() });
    for key in keys.keys() {
        stages.push(doc! { "$unwind": {
            "path": format!("${key}"), "preserveNullAndEmptyArrays": true,
        } });
    }
    let by: Document = keys
        .keys()
        .map(|key| {
            (key.clone(), Bson::Document(doc! { "$ifNull": [format!("${key}"), Bson::Null] }))
        })
        .collect();
    // Twice the same element within one document is no conflict.
    stages.push(doc! { "$group": { "_id": { "of": "$_id", "by": by } } });
    stages.push(doc! { "$group": { "_id": "$_id.by", "documents": { "$sum": 1_i64 } } });
    stages.push(doc! { "$match": { "documents": { "$gt": 1 } } });
    stages.push(doc! { "$limit": KEYS_MAX });
    stages
}

fn shown(group: &Document) -> String {
    let keys = group.get_document("_id").cloned().unwrap_or_default();
    let keys: Vec<String> =
        keys.into_iter().map(|(_, key)| key.into_relaxed_extjson().to_string()).collect();
    format!("{} × {}", crate::inventory::whole(group, "documents"), keys.join(" / "))
}
