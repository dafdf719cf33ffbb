//! The steps a migration consists of.

use bson::{RawBson, RawDocumentBuf};

use super::bson_type::BsonType;
use super::name::{CollectionName, FieldName};
use crate::index::IndexDefinition;

/// One step of a migration.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant's struct says what it is")]
pub enum Step {
    AddField(AddField),
    RemoveField(RemoveField),
    RenameField(RenameField),
    SetComputed(SetComputed),
    CreateIndex(CreateIndex),
    DropIndex(DropIndex),
    ExtendEnum(ExtendEnum),
}

/// Gives every document that lacks a field the same value for it.
#[derive(Debug, Clone, PartialEq)]
pub struct AddField {
    /// Whose documents.
    pub collection: CollectionName,
    /// The field that the migration owns.
    pub field: FieldName,
    /// What documents without the field get.
    pub value: RawBson,
    /// What a document must have there afterwards; [`AddField::value`] is of this type.
    pub bson_type: BsonType,
    /// What to do about a document that has the field with another type.
    pub malformed: Malformed,
    /// Which other field holds a share of what this one lists; a rollback names those documents.
    pub contributes: Option<Contribution>,
}

/// How the entries of an array add up in another field: a quote's total holds the prices of its
/// events, each times the number of people where the entry says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// Top-level field that holds the sum among other things.
    pub to: String,
    /// Field of an entry with its amount.
    pub amount: String,
    /// Top-level field with the number that an amount is multiplied by.
    pub times: Option<String>,
    /// Field of an entry that says whether its amount is multiplied; none multiplies all.
    pub when: Option<String>,
}

/// What to do about documents that have the field already, but with another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Malformed {
    /// Keep the former value in the archive and replace it; undo puts it back.
    Archive,
    /// Refuse to apply the migration, and list them.
    #[default]
    Refuse,
}

/// Removes a field from every document; the values go to the archive.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoveField {
    /// Whose documents.
    pub collection: CollectionName,
    /// The field that goes.
    pub field: FieldName,
}

/// Gives a field another name.
#[derive(Debug, Clone, PartialEq)]
pub struct RenameField {
    /// Whose documents.
    pub collection: CollectionName,
    /// The name before.
    pub from: FieldName,
    /// The name after.
    pub to: FieldName,
}

/// Computes fields from others by an update pipeline of `$set` stages.
#[derive(Debug, Clone, PartialEq)]
pub struct SetComputed {
    /// Whose documents.
    pub collection: CollectionName,
    /// Every field that the pipeline sets, and no other.
    pub fields: Vec<FieldName>,
    /// Which documents are meant; empty means all.
    pub filter: RawDocumentBuf,
    /// `$set` and `$addFields` stages.
    pub pipeline: Vec<RawDocumentBuf>,
    /// Which of them have it already: they are left alone.
    pub done: RawDocumentBuf,
}

/// Makes an index.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// On which collection.
    pub collection: CollectionName,
    /// The index wanted.
    pub index: IndexDefinition,
}

/// Drops an index; undo makes it again as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct DropIndex {
    /// Of which collection.
    pub collection: CollectionName,
    /// The index's name.
    pub name: String,
}

/// Adds values to an enum in the collection's validator, when it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtendEnum {
    /// Whose validator.
    pub collection: CollectionName,
    /// The dotted path whose values are restricted; arrays on the way are passed through.
    pub path: String,
    /// What is to be allowed there too.
    pub values: Vec<RawBson>,
}

impl Step {
    /// The collection that the step works on.
    pub fn collection(&self) -> &CollectionName {
        match self {
            Step::AddField(step) => &step.collection,
            Step::RemoveField(step) => &step.collection,
            Step::RenameField(step) => &step.collection,
            Step::SetComputed(step) => &step.collection,
            Step::CreateIndex(step) => &step.collection,
            Step::DropIndex(step) => &step.collection,
            Step::ExtendEnum(step) => &step.collection,
        }
    }

    /// The step's key in a migration file.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::AddField(_) => "add_field",
            Step::RemoveField(_) => "remove_field",
            Step::RenameField(_) => "rename_field",
            Step::SetComputed(_) => "set_computed",
            Step::CreateIndex(_) => "create_index",
            Step::DropIndex(_) => "drop_index",
            Step::ExtendEnum(_) => "extend_enum",
        }
    }

    /// The top-level fields that the step may change in documents: these and no others are left
    /// out of the digest that proves that nothing else changed.
    pub fn owned_fields(&self) -> Vec<&FieldName> {
        match self {
            Step::AddField(step) => vec![&step.field],
            Step::RemoveField(step) => vec![&step.field],
            Step::RenameField(step) => vec![&step.from, &step.to],
            Step::SetComputed(step) => step.fields.iter().collect(),
            Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => Vec::new(),
        }
    }

    /// What the step does, as a short phrase: `add selectedEvents to quotes`.
    pub fn title(&self) -> String {
        let collection = self.collection();
        match self {
            Step::AddField(step) => format!("add {} to {collection}", step.field),
            Step::RemoveField(step) => format!("remove {} from {collection}", step.field),
            Step::RenameField(step) => {
                format!("rename {} to {} in {collection}", step.from, step.to)
            }
            Step::SetComputed(step) => {
                let fields: Vec<&str> = step.fields.iter().map(FieldName::as_str).collect();
                format!("compute {} in {collection}", fields.join(", "))
            }
            Step::CreateIndex(step) => format!("create index {} on {collection}", step.index.name),
            Step::DropIndex(step) => format!("drop index {} of {collection}", step.name),
            Step::ExtendEnum(step) => {
                format!("allow more values for {} in the validator of {collection}", step.path)
            }
        }
    }

    /// Whether the step changes documents, and so works in batches.
    pub fn writes_documents(&self) -> bool {
        match self {
            Step::AddField(_)
            | Step::RemoveField(_)
            | Step::RenameField(_)
            | Step::SetComputed(_) => true,
            Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => false,
        }
    }
}
