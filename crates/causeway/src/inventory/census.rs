//! Counts the documents of a collection by what each step finds in them: one pass on the server,
//! however many steps there are.
//!
//! The aggregation operator `$type` is used and not the query operator, which looks into arrays.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};
use causeway_core::inventory::{Census, CollectionFacts, CollectionKind, Known};
use causeway_core::migration::{Migration, RenameField, SetComputed, Step};

use super::whole;
use crate::failure::{Failure, Result};
use crate::permitted::{Need, aggregate};
use crate::target::Target;

/// Documents that are named where many are meant.
pub(crate) const SAMPLES_MAX: i32 = 5;

/// The steps of one collection, by position, each with the field whose type counts.
type Fields<'a> = BTreeMap<usize, &'a str>;

pub(super) async fn count(
    target: &Target,
    migration: &Migration,
    name: &str,
    facts: &mut CollectionFacts,
) -> Result<()> {
    if facts.kind != CollectionKind::Collection {
        return Ok(());
    }
    let steps: Vec<(usize, &Step)> = migration
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.collection().as_str() == name && step.writes_documents())
        .collect();
    let fields: Fields<'_> =
        steps.iter().filter_map(|(number, step)| Some((*number, counted_field(step)?))).collect();
    let groups = read(target, name, vec![doc! { "$group": grouping(&fields, &steps) }]).await?;
    take_groups(&groups, &fields, facts);
    for (number, step) in steps {
        let mut census = facts.census.remove(&number).unwrap_or_default();
        judge(target, step, &mut census).await?;
        facts.census.insert(number, census);
    }
    Ok(())
}

/// The field whose type a step asks for; none when a step looks at more than that.
fn counted_field(step: &Step) -> Option<&str> {
    match step {
        Step::AddField(step) => Some(&step.field),
        Step::RemoveField(step) => Some(&step.field),
        Step::RenameField(step) => Some(&step.from),
        Step::SetComputed(_) | Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => {
            None
        }
    }
}

/// One group for each combination of types; there are never many.
fn grouping(fields: &Fields<'_>, steps: &[(usize, &Step)]) -> Document {
    let mut id = Document::new();
    let mut group = doc! {
        "documents": { "$sum": 1_i64 },
        "bytes": { "$sum": { "$bsonSize": "$$ROOT" } },
        "largest": { "$max": { "$bsonSize": "$$ROOT" } },
    };
    for (number, field) in fields {
        let path = format!("${field}");
        id.insert(format!("s{number}"), doc! { "$type": &path });
        group.insert(
            format!("v{number}"),
            doc! { "$sum": { "$cond": [
                { "$eq": [{ "$type": &path }, "missing"] }, 0, { "$bsonSize": { "v": &path } },
            ] } },
        );
    }
    for (number, step) in steps {
        if let Step::RenameField(step) = step {
            let both = doc! { "$and": [present(&step.from), present(&step.to)] };
            group.insert(format!("c{number}"), doc! { "$sum": { "$cond": [both, 1_i64, 0_i64] } });
        }
    }
    group.insert("_id", id);
    group
}

fn present(field: &str) -> Document {
    doc! { "$ne": [{ "$type": format!("${field}") }, "missing"] }
}

fn take_groups(groups: &[Document], fields: &Fields<'_>, facts: &mut CollectionFacts) {
    let sum = |key: &str| groups.iter().map(|group| whole(group, key)).sum();
    facts.documents = sum("documents");
    facts.bytes = sum("bytes");
    let largest = groups.iter().map(|group| whole(group, "largest")).max();
    facts.largest_document = Known::Known(largest.unwrap_or(0));
    for number in fields.keys() {
        let census = facts.census.entry(*number).or_default();
        for group in groups {
            let types = group.get_document("_id").ok();
            let found = types.and_then(|types| types.get_str(format!("s{number}")).ok());
            let count = census.by_type.entry(found.unwrap_or("unknown").to_owned()).or_default();
            count.documents += whole(group, "documents");
            count.bytes += whole(group, "bytes");
            count.value_bytes += whole(group, &format!("v{number}"));
            census.conflicts += whole(group, &format!("c{number}"));
        }
    }
}

/// From what was counted to what it means for the step, with samples of what is not as wanted.
async fn judge(target: &Target, step: &Step, census: &mut Census) -> Result<()> {
    let present: u64 = census.present().map(|(_, count)| count.documents).sum();
    match step {
        Step::AddField(add) => {
            let wanted = |found: &str| add.bson_type.matches_name(found);
            census.done = census
                .present()
                .filter(|(found, _)| wanted(found))
                .map(|(_, count)| count.documents)
                .sum();
            census.to_change = census.documents() - census.done;
            for (found, count) in &mut census.by_type {
                if found != "missing" && !wanted(found) {
                    let is = doc! { "$eq": [{ "$type": format!("${}", add.field) }, found] };
                    count.samples = samples(target, &add.collection, is).await?;
                }
            }
        }
        Step::RemoveField(_) => {
            census.done = census.missing();
            census.to_change = present;
        }
        Step::RenameField(rename) => renamed(target, rename, census, present).await?,
        Step::SetComputed(computed) => count_computed(target, computed, census).await?,
        Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => {}
    }
    Ok(())
}

async fn renamed(
    target: &Target,
    step: &RenameField,
    census: &mut Census,
    with_old_name: u64,
) -> Result<()> {
    census.done = census.missing();
    census.to_change = with_old_name - census.conflicts;
    if census.conflicts > 0 {
        let both = doc! { "$and": [present(&step.from), present(&step.to)] };
        census.conflict_samples = samples(target, &step.collection, both).await?;
    }
    Ok(())
}

async fn count_computed(target: &Target, step: &SetComputed, census: &mut Census) -> Result<()> {
    let filter = Document::try_from(step.filter.as_ref()).map_err(unreadable)?;
    let done = Document::try_from(step.done.as_ref()).map_err(unreadable)?;
    census.done = matching(target, &step.collection, vec![filter.clone(), done.clone()]).await?;
    let all = matching(target, &step.collection, vec![filter]).await?;
    census.to_change = all.saturating_sub(census.done);
    Ok(())
}

fn unreadable(error: bson::error::Error) -> Failure {
    Failure::usage("a filter of the migration is not valid BSON").because(error)
}

async fn matching(target: &Target, name: &str, all_of: Vec<Document>) -> Result<u64> {
    let pipeline = vec![doc! { "$match": { "$and": all_of } }, doc! { "$count": "documents" }];
    let counted = read(target, name, pipeline).await?;
    Ok(counted.first().map_or(0, |counted| whole(counted, "documents")))
}

/// A few documents for which an expression holds, `_id` as relaxed extended JSON.
pub(crate) async fn samples(
    target: &Target,
    name: &str,
    expression: Document,
) -> Result<Vec<String>> {
    let pipeline = vec![
        doc! { "$match": { "$expr": expression } },
        doc! { "$limit": SAMPLES_MAX },
        doc! { "$project": { "_id": 1 } },
    ];
    let found = read(target, name, pipeline).await?;
    let id = |document: Document| document.get("_id").cloned();
    Ok(found
        .into_iter()
        .filter_map(id)
        .map(|id: Bson| id.into_relaxed_extjson().to_string())
        .collect())
}

/// Reads documents; without the right to do so there is nothing to plan from.
async fn read(target: &Target, name: &str, pipeline: Vec<Document>) -> Result<Vec<Document>> {
    match aggregate(&target.database, name, pipeline, Need::read("find")).await? {
        Known::Known(documents) => Ok(documents),
        Known::Unknown { why } => {
            Err(Failure::refused(format!("failed to count the documents of {name}: {why}"))
                .hint("grant the role read on the database"))
        }
    }
}
