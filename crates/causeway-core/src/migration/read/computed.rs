//! `set_computed`.

use bson::{RawBson, RawDocumentBuf};

use super::claims::{Claim, Claimed};
use super::keys::{Entry, Keys};
use super::value::{self, Element, Given};
use super::{Read, pipeline, query};
use crate::migration::error::Fault;
use crate::migration::name::{CollectionName, FieldName};
use crate::migration::step::{SetComputed, Step};

pub(super) fn set(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&[
        "collection",
        "fields",
        "filter",
        "filter_json",
        "pipeline",
        "pipeline_json",
        "done",
        "done_json",
    ])?;
    let collection: CollectionName = keys.required("collection")?.parsed()?;
    let fields_entry = keys.required("fields")?;
    let (fields, claims) = fields(&fields_entry, &collection)?;
    let pipeline = stages(&keys, &fields, &fields_entry)?;
    let filter = match value::optional(&keys, "filter")? {
        Some(given) => condition(given)?,
        None => RawDocumentBuf::new(),
    };
    let done = done(value::required(&keys, "done")?)?;
    let step = SetComputed { collection, fields, filter, pipeline, done };
    Ok((Step::SetComputed(step), claims))
}

fn fields(entry: &Entry<'_>, collection: &CollectionName) -> Read<(Vec<FieldName>, Vec<Claim>)> {
    let (mut fields, mut claims) = (Vec::new(), Vec::new());
    for item in entry.items()? {
        let field: FieldName = item.parsed()?;
        if fields.contains(&field) {
            return Err(item.fault(format!("{field} is named twice")));
        }
        claims.push(Claim::new(Claimed::Field, collection, &field, &item));
        fields.push(field);
    }
    if fields.is_empty() {
        return Err(entry.fault("no fields to compute").help("list every field that is set"));
    }
    Ok((fields, claims))
}

fn stages(
    keys: &Keys<'_>,
    fields: &[FieldName],
    fields_entry: &Entry<'_>,
) -> Read<Vec<RawDocumentBuf>> {
    let given = value::required(keys, "pipeline")?;
    let (span, path) = (given.entry.span.clone(), given.entry.path.clone());
    let empty = given.fault("a pipeline without stages computes nothing");
    let mut stages = Vec::new();
    for Element { path, span, value } in given.into_list()? {
        let RawBson::Document(stage) = value else {
            return Err(Fault::new(span, path, "a stage must be a document"));
        };
        pipeline::check_stage(&stage, fields).map_err(|objection| {
            Fault::new(span, format!("{path}{}", objection.path), objection.message)
                .help(objection.help)
        })?;
        stages.push(stage);
    }
    if stages.is_empty() {
        return Err(empty);
    }
    if let Some(unset) = fields.iter().position(|field| !pipeline::sets(&stages, field)) {
        let field_span = fields_entry
            .items()?
            .get(unset)
            .map_or_else(|| fields_entry.span.clone(), |item| item.span.clone());
        let message = format!("the pipeline doesn't set {}", fields[unset]);
        return Err(Fault::new(field_span, format!("{}[{unset}]", fields_entry.path), message)
            .related(span, format!("{path} is here")));
    }
    Ok(stages)
}

/// A condition that gives the same answer whenever it is asked.
fn condition(given: Given<'_>) -> Read<RawDocumentBuf> {
    let (span, path) = (given.entry.span.clone(), given.entry.path.clone());
    let document = given.into_document()?;
    match query::objection(&document) {
        None => Ok(document),
        Some(objection) => {
            Err(Fault::new(span, format!("{path}{}", objection.path), objection.message)
                .help(objection.help))
        }
    }
}

fn done(given: Given<'_>) -> Read<RawDocumentBuf> {
    let everything = given
        .fault("an empty condition says that every document is done already")
        .help("say how a document looks that has the fields, as in { total = { \"$exists\" = true } }");
    let document = condition(given)?;
    if document.is_empty() { Err(everything) } else { Ok(document) }
}
