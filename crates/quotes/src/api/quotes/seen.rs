//! Which state of a quote a request is meant for, as its header and its body say it.

use serde_json::{Map, Value};

use crate::{
    failure::{Detail, Failure},
    take::IfMatch,
    writing::Seen,
};

const REVISION_LENGTH_MAX: usize = 64;

/// Takes `revision` and `version` out of the fields; null asks for nothing. The header comes first.
pub(super) fn seen(
    IfMatch(header): IfMatch,
    fields: &mut Map<String, Value>,
) -> Result<Seen, Failure> {
    let mut wrong = Vec::new();
    let revision = match fields.shift_remove("revision") {
        None | Some(Value::Null) => None,
        Some(Value::String(revision)) if (1..=REVISION_LENGTH_MAX).contains(&revision.len()) => {
            Some(revision)
        }
        Some(_) => {
            wrong.push(detail("revision", "not_a_revision", "Send the revision that was read."));
            None
        }
    };
    let version = match fields.shift_remove("version") {
        None | Some(Value::Null) => None,
        Some(version) => {
            let whole = whole(&version);
            if whole.is_none() {
                wrong.push(detail("version", "not_a_version", "Send the version that was read."));
            }
            whole
        }
    };
    if wrong.is_empty() {
        Ok(Seen { revision: header.or(revision), version })
    } else {
        Err(Failure::invalid("VALIDATION_ERROR", wrong))
    }
}

/// 2.0 is a whole number, too.
fn whole(version: &Value) -> Option<u32> {
    let number = version.as_f64().filter(|it| it.fract() == 0.0)?;
    let fits = (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it fits")]
    fits.then_some(number as u32)
}

fn detail(field: &str, code: &str, message: &str) -> Detail {
    Detail { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }
}
