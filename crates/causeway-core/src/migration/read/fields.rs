//! `add_field`, `remove_field` and `rename_field`.

use bson::{RawBson, Timestamp};

use super::Read;
use super::claims::{Claim, Claimed};
use super::keys::{Entry, Keys};
use super::near;
use super::value::{self, Given};
use crate::migration::bson_type::BsonType;
use crate::migration::name::{CollectionName, FieldName};
use crate::migration::step::{AddField, Contribution, Malformed, RemoveField, RenameField, Step};

pub(super) fn add(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&[
        "collection",
        "field",
        "value",
        "value_json",
        "type",
        "malformed",
        "contributes",
    ])?;
    let collection: CollectionName = keys.required("collection")?.parsed()?;
    let (field, claim) = field(&keys, "field", &collection)?;
    let given = value::required(&keys, "value")?;
    writable(&given)?;
    let bson_type = match keys.optional("type") {
        Some(declared) => declared_type(&declared, &given)?,
        None => type_of(&given)?,
    };
    let malformed = match keys.optional("malformed") {
        Some(entry) => malformed(&entry)?,
        None => Malformed::default(),
    };
    let contributes = match keys.optional("contributes") {
        Some(entry) => Some(contribution(&entry, bson_type)?),
        None => None,
    };
    let step =
        AddField { collection, field, value: given.value, bson_type, malformed, contributes };
    Ok((Step::AddField(step), vec![claim]))
}

/// `contributes = { to = "totalPrice", amount = "eventPrice", times = "numberOfPeople", when = "pricePerPerson" }`
fn contribution(entry: &Entry<'_>, bson_type: BsonType) -> Read<Contribution> {
    let keys = entry.keys(&["to", "amount", "times", "when"])?;
    if bson_type != BsonType::Array {
        return Err(entry
            .fault(format!("needs a field of type array, and this one is {bson_type}"))
            .help("it says how the entries of a list add up in another field"));
    }
    let name = |entry: Entry<'_>| -> Read<String> {
        let name: FieldName = entry.parsed()?;
        Ok(name.as_str().to_owned())
    };
    Ok(Contribution {
        to: name(keys.required("to")?)?,
        amount: name(keys.required("amount")?)?,
        times: keys.optional("times").map(name).transpose()?,
        when: keys.optional("when").map(name).transpose()?,
    })
}

pub(super) fn remove(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&["collection", "field"])?;
    let collection = keys.required("collection")?.parsed()?;
    let (field, claim) = field(&keys, "field", &collection)?;
    Ok((Step::RemoveField(RemoveField { collection, field }), vec![claim]))
}

pub(super) fn rename(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&["collection", "from", "to"])?;
    let collection = keys.required("collection")?.parsed()?;
    let (from, claim_from) = field(&keys, "from", &collection)?;
    let (to, claim_to) = field(&keys, "to", &collection)?;
    if from == to {
        return Err(keys.required("to")?.fault("is the same name as `from`"));
    }
    let step = RenameField { collection, from, to };
    Ok((Step::RenameField(step), vec![claim_from, claim_to]))
}

fn field(keys: &Keys<'_>, key: &str, collection: &CollectionName) -> Read<(FieldName, Claim)> {
    let entry = keys.required(key)?;
    let name: FieldName = entry.parsed()?;
    let claim = Claim::new(Claimed::Field, collection, &name, &entry);
    Ok((name, claim))
}

/// Values that the server would not store as they are.
fn writable(given: &Given<'_>) -> Read<()> {
    match given.value {
        RawBson::Timestamp(Timestamp { time: 0, increment: 0 }) => Err(given
            .fault("the server replaces an empty timestamp by the time of writing")
            .help("documents would get different values; give a timestamp other than 0")),
        RawBson::Undefined => {
            Err(given.fault("`undefined` is a type that servers no longer write").help("use null"))
        }
        _ => Ok(()),
    }
}

fn type_of(given: &Given<'_>) -> Read<BsonType> {
    BsonType::of(element_type(&given.value))
        .ok_or_else(|| given.fault("is of a type without a name"))
}

fn element_type(value: &RawBson) -> u8 {
    value.element_type() as u8
}

fn declared_type(declared: &Entry<'_>, given: &Given<'_>) -> Read<BsonType> {
    let bson_type = type_name(declared)?;
    let found = element_type(&given.value);
    if bson_type.matches_element_type(found) {
        return Ok(bson_type);
    }
    let found = BsonType::name_of(found);
    let help = match (bson_type, found) {
        (BsonType::Double, "int") => "write a double with a point, as in 5.0".to_owned(),
        (BsonType::Long, "int") => {
            "write a long as value_json = '{\"$numberLong\": \"5\"}'".to_owned()
        }
        (BsonType::Decimal, _) => {
            "write a decimal as value_json = '{\"$numberDecimal\": \"5.00\"}'".to_owned()
        }
        (BsonType::Date, "string") => "write a date without quotes".to_owned(),
        _ => format!("the value is {found}; `type` says what every document has afterwards"),
    };
    Err(given
        .fault(format!("is {found}, but `type` says {bson_type}"))
        .related(declared.span.clone(), "declared here")
        .help(help))
}

fn type_name(entry: &Entry<'_>) -> Read<BsonType> {
    let text = entry.text()?;
    text.parse().map_err(|_| {
        let names: Vec<&str> = BsonType::names().collect();
        let all = format!("the types are {}", names.join(", "));
        let help = match near::nearest(text, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? {all}"),
            None => all,
        };
        entry.fault(format!("{text:?} is no BSON type")).help(help)
    })
}

fn malformed(entry: &Entry<'_>) -> Read<Malformed> {
    match entry.text()? {
        "archive" => Ok(Malformed::Archive),
        "refuse" => Ok(Malformed::Refuse),
        other => Err(entry.fault(format!("{other:?} is unknown")).help(
            "\"refuse\" stops when a document has the field with another type, \"archive\" keeps \
             the former value aside and replaces it",
        )),
    }
}
