//! What is shown of an account, and how its fields are taken.

use bson::oid::ObjectId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    access::{self, Actor, ClientAddress, Principal, Role, Standing, User},
    failure::Failure,
    take::{Form, Sent},
};

/// Nobody's password is longer; what is longer is not hashed.
const PASSWORD_CHARACTERS_MAX: usize = 1_024;

/// An account. Its password is not in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    #[serde(rename = "_id")]
    #[schema(example = "665f1e5e0000000000000001")]
    id: String,
    name: String,
    /// What they sign in with, and where mail reaches them.
    contact_email: String,
    company: Option<String>,
    role: Role,
    /// Whether they are let in.
    is_approved: bool,
}

impl Account {
    pub(super) fn of(user: &User) -> Self {
        Self {
            id: user.id.to_hex(),
            name: user.name.clone(),
            contact_email: user.email.clone(),
            company: user.company.clone(),
            role: user.role,
            is_approved: user.standing == Standing::Approved,
        }
    }
}

/// Who does it, for the audit log.
pub(crate) fn actor(principal: &Principal, address: ClientAddress) -> Actor {
    Actor::User(principal.user_id(), address.0)
}

/// The id of an account in a path.
pub(crate) fn user_id(id: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse_str(id).map_err(|_no_id| access::user_not_found())
}

/// An address that mail can be sent to, as far as that can be seen.
pub(super) fn email(form: &mut Form<'_>, name: &'static str) -> Option<String> {
    let address = form.text(name, 3..=254).value()?;
    if access::is_email(&address) {
        return Some(address);
    }
    form.refuse(name, "not_an_address", "this is no e-mail address");
    None
}

/// Admin or agent.
pub(super) fn role(form: &mut Form<'_>, name: &'static str) -> Sent<Role> {
    form.take(name, |value| {
        let role = value.as_str().and_then(|word| word.parse().ok());
        role.ok_or_else(|| ("unknown_role", format!("{name} is admin or agent")))
    })
}

/// A password as it was typed: nothing is trimmed.
pub(super) fn password(form: &mut Form<'_>, name: &'static str) -> Option<String> {
    let read = |value: &Value| match value.as_str() {
        None => Err(("not_a_text", format!("{name} is a text"))),
        Some(text) if text.chars().count() > PASSWORD_CHARACTERS_MAX => {
            Err(("too_long", format!("{name} has at most {PASSWORD_CHARACTERS_MAX} characters")))
        }
        Some(text) => Ok(text.to_owned()),
    };
    form.take(name, read).value()
}

/// A password that somebody is to have.
pub(super) fn new_password(form: &mut Form<'_>, name: &'static str) -> Option<String> {
    let password = password(form, name)?;
    match access::objection(&password) {
        None => Some(password),
        Some((code, message)) => {
            form.refuse(name, code, message);
            None
        }
    }
}
