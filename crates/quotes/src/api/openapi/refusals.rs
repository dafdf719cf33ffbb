//! The answers of requests that fail, on every operation that can give them.

use utoipa::{
    ToSchema as _,
    openapi::{
        Content, HeaderBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::SecurityRequirement,
    },
};

use super::operations;
use crate::failure::Refusal;

/// Why a request can fail.
struct Kind {
    name: &'static str,
    status: &'static str,
    description: &'static str,
    /// Which requests can.
    can: fn(&Operation) -> bool,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "MalformedRequest",
        status: "400",
        description: "`MALFORMED_JSON`: the body is no JSON",
        can: |operation| operation.request_body.is_some(),
    },
    Kind {
        name: "NotSignedIn",
        status: "401",
        description: "`NOT_SIGNED_IN`: no session and no token, or one that is over",
        can: is_secured,
    },
    Kind {
        name: "Forbidden",
        status: "403",
        description: "`FORBIDDEN`: their role or the scopes of their token do not suffice",
        can: is_secured,
    },
    Kind {
        name: "NotFound",
        status: "404",
        description: "There is nothing of that id, also when it can't be one",
        can: |operation| has_parameter(operation, &ParameterIn::Path),
    },
    Kind {
        name: "BodyTooLarge",
        status: "413",
        description: "`BODY_TOO_LARGE`",
        can: |operation| operation.request_body.is_some(),
    },
    Kind {
        name: "UnsupportedMediaType",
        status: "415",
        description: "`UNSUPPORTED_MEDIA_TYPE`: the body is not said to be JSON",
        can: |operation| operation.request_body.is_some(),
    },
    Kind {
        name: "Invalid",
        status: "422",
        description: "What was sent can't be used: `details` names every field",
        can: |operation| {
            operation.request_body.is_some() || has_parameter(operation, &ParameterIn::Query)
        },
    },
    Kind {
        name: "TooMany",
        status: "429",
        description: "`RATE_LIMITED`: too many requests at once",
        can: |_| true,
    },
    Kind {
        name: "Unexpected",
        status: "500",
        description: "`INTERNAL_ERROR`: our fault, and written down",
        can: |_| true,
    },
    Kind {
        name: "Unavailable",
        status: "503",
        description: "`DATABASE_UNAVAILABLE`, `TIMEOUT`, or `MAINTENANCE`: try again later",
        can: |_| true,
    },
];

/// Adds what routes have not said themselves.
pub(super) fn add(document: &mut Document) {
    let components = document.components.get_or_insert_default();
    for kind in KINDS {
        components.responses.insert(kind.name.to_owned(), RefOr::T(response(kind)));
    }
    let paths = &mut document.paths.paths;
    for (at, path) in paths.iter_mut() {
        for operation in operations(path) {
            complete(operation);
            if at.starts_with("/api/") {
                add_kinds(operation);
            }
        }
    }
}

/// A route that says only in words why it refuses means the same body.
fn complete(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            response.content.insert("application/json".to_owned(), RefOr::T(refusal()));
        }
    }
}

fn add_kinds(operation: &mut Operation) {
    for kind in KINDS {
        if (kind.can)(operation) {
            let reference = RefOr::Ref(Ref::from_response_name(kind.name));
            let responses = &mut operation.responses.responses;
            responses.entry(kind.status.to_owned()).or_insert(reference);
        }
    }
}

fn refusal() -> Content {
    Content::new(Some(Ref::from_schema_name(Refusal::name())))
}

fn response(kind: &Kind) -> Response {
    let response =
        ResponseBuilder::new().description(kind.description).content("application/json", refusal());
    if !matches!(kind.status, "429" | "503") {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let after = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("After how many seconds it is worth trying again"));
    response.header("Retry-After", after.build()).build()
}

/// Nothing must be shown where one of the ways in is empty.
fn is_secured(operation: &Operation) -> bool {
    let nothing = SecurityRequirement::default();
    operation.security.as_ref().is_some_and(|ways| !ways.contains(&nothing))
}

fn has_parameter(operation: &Operation, place: &ParameterIn) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .any(|parameter| parameter.parameter_in == *place)
}
