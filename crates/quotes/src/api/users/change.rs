//! What is sent to make or change an account.

use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::super::accounts::{email, new_password, role};
use crate::{
    access::{Change, NewUser, Role, Standing},
    answer::Warning,
    failure::Failure,
    take::{Form, Sent},
};

/// An account to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents what is taken field by field")]
pub(super) struct NewAccount {
    #[schema(example = "ada@agency.example", min_length = 3, max_length = 254)]
    contact_email: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    role: Role,
    #[schema(max_length = 100)]
    company: Option<String>,
    /// Left out, one is made, and is in the answer.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: Option<String>,
}

/// What changes of an account.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents what is taken field by field")]
pub(super) struct UserChange {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    role: Option<Role>,
    /// `null` takes it away.
    #[schema(max_length = 100)]
    company: Option<String>,
    /// Whether they are let in.
    #[schema(nullable = false)]
    is_approved: Option<bool>,
}

pub(crate) fn creation(
    fields: &Map<String, Value>,
) -> Result<(NewUser, Option<String>, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.require(&["contactEmail", "name", "role"]);
    form.refuse_null(&["contactEmail", "name", "role"]);
    let email = email(&mut form, "contactEmail");
    let name = form.text("name", 1..=100).value();
    let role = role(&mut form, "role").value();
    let company = form.text("company", 0..=100).value().filter(|company| !company.is_empty());
    let password = new_password(&mut form, "password");
    let warnings = form.finish()?;
    let new = NewUser {
        email: email.unwrap_or_default(),
        name: name.unwrap_or_default(),
        role: role.unwrap_or(Role::Agent),
        company,
    };
    Ok((new, password, warnings))
}

pub(crate) fn edit(fields: &Map<String, Value>) -> Result<(Change, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.refuse_null(&["name", "role", "isApproved"]);
    let standing = |approved| if approved { Standing::Approved } else { Standing::NotApproved };
    let change = Change {
        name: form.text("name", 1..=100).value(),
        company: match form.text("company", 0..=100) {
            Sent::Absent => None,
            Sent::Null => Some(None),
            Sent::Is(company) => Some(Some(company).filter(|company| !company.is_empty())),
        },
        role: role(&mut form, "role").value(),
        standing: form.flag("isApproved").value().map(standing),
    };
    Ok((change, form.finish()?))
}
