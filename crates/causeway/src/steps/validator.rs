//! `extend_enum`, both ways: the collection's validator, changed in one place.

use bson::{Bson, Document, RawBson, RawDocumentBuf, doc, rawdoc};
use causeway_core::journal::Deed;
use causeway_core::migration::ExtendEnum;
use causeway_core::validator::{EnumChange, extend_enum, retract_enum};

use super::coll_mod::{Change, coll_mod};
use super::engine::Engine;
use crate::failure::{Attempt, Failure, Result};
use crate::maintenance::fence;
use crate::runs;
use crate::target::Target;

/// Options of a collection as they are without a fence; none when there is no such collection.
///
/// # Errors
/// When they can't be listed.
pub async fn options(target: &Target, collection: &str) -> Result<Option<Document>> {
    let command = doc! { "listCollections": 1, "filter": { "name": collection }, "cursor": {} };
    let listed = fence::listed(target, command).await?;
    let Some(found) = listed.first() else { return Ok(None) };
    let options = found.get_document("options").map(Document::try_from);
    let options = options.unwrap_or_else(|_| Ok(Document::new()));
    options.map(Some).attempt(|| format!("read the options of {collection}"))
}

async fn validator(target: &Target, collection: &str) -> Result<Option<RawDocumentBuf>> {
    let options = options(target, collection).await?.unwrap_or_default();
    match options.get_document("validator") {
        Ok(validator) if !validator.is_empty() => RawDocumentBuf::try_from(validator)
            .map(Some)
            .attempt(|| format!("read the validator of {collection}")),
        _ => Ok(None),
    }
}

/// Allows the values. Says what it did.
///
/// # Errors
/// Stopped when the validator can't be changed with certainty, or the server refuses.
pub async fn extend(engine: &Engine<'_>, step: usize, wanted: &ExtendEnum) -> Result<String> {
    let collection = wanted.collection.as_str();
    let Some(former) = validator(&engine.context.target, collection).await? else {
        return Ok(format!("{collection} has no validator; nothing to do"));
    };
    match extend_enum(&former, &wanted.path, &wanted.values) {
        EnumChange::NoEnum => {
            Ok(format!("the validator of {collection} does not restrict {}", wanted.path))
        }
        EnumChange::AlreadyThere => Ok(format!("{} allows them already", wanted.path)),
        EnumChange::NotUnderstood { reason } => Err(Failure::stopped(format!(
            "the validator of {collection} can't be changed with certainty: {reason}"
        ))
        .hint("change it by hand, then the same command resumes")),
        EnumChange::Extended { validator, added } => {
            let mut used_before = Vec::new();
            for value in &added {
                used_before.push(Bson::Int64(uses(&engine.context.target, wanted, value).await?));
            }
            let kept = doc! { "step": i64::try_from(step).expect("steps are few"),
            "former": runs::raw_binary(&former), "extended": runs::raw_binary(&validator),
            "used_before": used_before };
            runs::collection(&engine.context.target)
                .update_one(
                    doc! { "_id": engine.application },
                    doc! { "$addToSet": { "changed_validators": kept } },
                )
                .await
                .attempt(|| format!("keep the validator of {collection}"))?;
            change(engine, step, collection, &validator).await?;
            Ok(format!("{} allows {}", wanted.path, words(&added)))
        }
    }
}

/// Takes back what the application's runs allowed. Values that documents use by now stay.
///
/// # Errors
/// When the server refuses.
pub async fn retract(engine: &Engine<'_>, step: usize, wanted: &ExtendEnum) -> Result<String> {
    let collection = wanted.collection.as_str();
    let target = &engine.context.target;
    let Some(present) = validator(target, collection).await? else {
        return Ok(format!("{collection} has no validator"));
    };
    let Some(kept) = kept(engine, step).await? else {
        return Ok(format!("the validator of {collection} was not changed by this migration"));
    };
    let (mut unused, mut used) = (Vec::new(), Vec::new());
    for (at, value) in added(&kept, wanted)?.into_iter().enumerate() {
        // Documents that held the value before it was allowed were tolerated then, and are again.
        let before = kept.used_before.get(at).copied().unwrap_or_default();
        let now = uses(target, wanted, &value).await?;
        if now > before { used.push(value) } else { unused.push(value) }
    }
    let stays = if used.is_empty() {
        String::new()
    } else {
        format!("; {} stays, documents use it by now", words(&used))
    };
    // Nobody touched it since: what comes back is the former one to the byte.
    if used.is_empty() && present.as_bytes() == kept.extended.as_bytes() {
        change(engine, step, collection, &kept.former).await?;
        return Ok(format!("the former validator of {collection} is back"));
    }
    match retract_enum(&present, &wanted.path, &unused) {
        EnumChange::Extended { validator, .. } => {
            change(engine, step, collection, &validator).await?;
            Ok(format!("{} allows {} no more{stays}", wanted.path, words(&unused)))
        }
        EnumChange::NoEnum | EnumChange::AlreadyThere => {
            Ok(format!("nothing to take back from the validator of {collection}{stays}"))
        }
        EnumChange::NotUnderstood { reason } => Err(Failure::stopped(format!(
            "the validator of {collection} was changed since and can't be changed back with certainty: {reason}"
        ))
        .hint("change it by hand, then the same command resumes")),
    }
}

struct Kept {
    former: RawDocumentBuf,
    extended: RawDocumentBuf,
    /// Documents that held each added value before it was allowed.
    used_before: Vec<i64>,
}

async fn kept(engine: &Engine<'_>, step: usize) -> Result<Option<Kept>> {
    let reading = || "read the former validator".to_owned();
    let application = runs::collection(&engine.context.target)
        .find_one(doc! { "_id": engine.application })
        .await
        .attempt(reading)?
        .unwrap_or_default();
    let changed =
        application.get_array("changed_validators").map(Vec::as_slice).unwrap_or_default();
    let number = i64::try_from(step).ok();
    // The first is the one from before the migration; later ones come from healing runs.
    let first = changed
        .iter()
        .filter_map(Bson::as_document)
        .find(|changed| changed.get_i64("step").ok() == number);
    let Some(first) = first else { return Ok(None) };
    let raw = |key: &str| -> Result<RawDocumentBuf> {
        let bytes = first.get_binary_generic(key).attempt(reading)?;
        RawDocumentBuf::from_bytes(bytes.clone()).attempt(reading)
    };
    let counts = first.get_array("used_before").map(Vec::as_slice).unwrap_or_default();
    let used_before = counts.iter().filter_map(Bson::as_i64).collect();
    Ok(Some(Kept { former: raw("former")?, extended: raw("extended")?, used_before }))
}

/// The values that were not allowed before.
fn added(kept: &Kept, wanted: &ExtendEnum) -> Result<Vec<RawBson>> {
    match extend_enum(&kept.former, &wanted.path, &wanted.values) {
        EnumChange::Extended { added, .. } => Ok(added),
        EnumChange::NoEnum | EnumChange::AlreadyThere | EnumChange::NotUnderstood { .. } => {
            Ok(Vec::new())
        }
    }
}

/// Documents that hold a value at the enum's path.
async fn uses(target: &Target, wanted: &ExtendEnum, value: &RawBson) -> Result<i64> {
    let counting = || format!("count {} in {}", words(std::slice::from_ref(value)), wanted.path);
    let value = Bson::try_from(value.clone()).attempt(counting)?;
    let count = target
        .database
        .collection::<RawDocumentBuf>(wanted.collection.as_str())
        .count_documents(doc! { &wanted.path: { "$eq": value } })
        .await
        .attempt(counting)?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

async fn change(
    engine: &Engine<'_>,
    step: usize,
    collection: &str,
    validator: &RawDocumentBuf,
) -> Result<()> {
    let deed = Deed::Validator { step };
    engine.governor.gate().await?;
    engine.lease.prove().await?;
    engine.journal.intend(&deed).await?;
    // Behind a fence stands another one now: what comes back when it is lifted is the changed one.
    if fence::replace_former(&engine.context.target, collection, validator).await? {
        return engine.journal.done(&deed, "changed, behind the fence").await;
    }
    let wanted = Change {
        collection,
        fields: rawdoc! { "validator": validator.clone() },
        what: "the validator",
        comment: format!("causeway {} validator", engine.run),
    };
    let place = (&engine.context.target, &engine.context.reporter);
    match coll_mod(place, wanted, async || engine.governor.gate().await).await? {
        None => engine.journal.done(&deed, "changed").await,
        Some(error) => {
            engine.journal.not_done(&deed, error.to_string()).await?;
            Err(Failure::stopped(format!("failed to change the validator of {collection}"))
                .because(error)
                .hint("remove the cause; the same command resumes"))
        }
    }
}

fn words(values: &[RawBson]) -> String {
    let texts: Vec<String> = values
        .iter()
        .map(|value| {
            Bson::try_from(value.clone())
                .map_or_else(|_| "?".to_owned(), |value| value.into_relaxed_extjson().to_string())
        })
        .collect();
    texts.join(", ")
}
