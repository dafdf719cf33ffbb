//! The envelope around the data of every answer that succeeds.

use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response, Schema,
        schema::{ArrayBuilder, ObjectBuilder, Type},
    },
};

use super::{PATH, operations};
use crate::{answer::Warning, failure::Refusal};

/// Puts the envelope around what routes say that they answer, except where they say all of it.
pub(super) fn wrap(document: &mut Document) {
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    Warning::schemas(&mut schemas);
    Refusal::schemas(&mut schemas);
    schemas.push((Warning::name().into_owned(), Warning::schema()));
    schemas.push((Refusal::name().into_owned(), Refusal::schema()));
    components.schemas.extend(schemas);
    let paths = &mut document.paths.paths;
    for (_, path) in paths.iter_mut().filter(|(at, _)| *at != PATH) {
        for operation in operations(path) {
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && status.starts_with('2')
                {
                    wrap_answer(response, &components.schemas);
                }
            }
        }
    }
}

type Schemas = std::collections::BTreeMap<String, RefOr<Schema>>;

fn wrap_answer(response: &mut Response, schemas: &Schemas) {
    let Some(RefOr::T(content)) = response.content.get_mut("application/json") else { return };
    if let Some(data) = content.schema.take_if(|schema| !is_envelope(schema, schemas)) {
        *content = Content::new(Some(enveloped(data)));
    }
}

fn is_envelope(schema: &RefOr<Schema>, schemas: &Schemas) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => object.properties.contains_key("success"),
        RefOr::T(_) => false,
        RefOr::Ref(to) => {
            let name = to.ref_location.trim_start_matches("#/components/schemas/");
            schemas.get(name).is_some_and(|schema| is_envelope(schema, schemas))
        }
    }
}

fn enveloped(data: RefOr<Schema>) -> Schema {
    let success = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
    let warnings = ArrayBuilder::new()
        .items(Ref::from_schema_name(Warning::name()))
        .description(Some("What is odd and does not hinder"));
    ObjectBuilder::new()
        .property("success", success)
        .property("data", data)
        .property("warnings", warnings)
        .required("success")
        .required("data")
        .required("warnings")
        .into()
}
