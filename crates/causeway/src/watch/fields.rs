//! Whether documents lack what the migration gave them, and how many people use it.
//!
//! Applications that were not deployed anew go on making documents as before: that shows here first.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::inventory::RecordStatus;
use causeway_core::migration::{AddField, BsonType, Migration, Step};
use mongodb::error::{Error, ErrorKind};

use crate::clock::thousands;
use crate::context::Context;
use crate::records;
use crate::steps::add_field::not_of_type;

/// Between two counts, at least.
const INTERVAL: Duration = Duration::from_mins(1);
/// A count that reads every document takes its time. It may take one hundredth of the server's.
const REST: u32 = 100;
/// A count that takes longer is given up.
const COUNT_MAX: Duration = Duration::from_secs(2);
/// More documents than this are so many that their number makes no difference.
const LACKING_MAX: u64 = 1_000;
/// Server error: it took longer than it may.
const TOOK_TOO_LONG: i32 = 50;

/// The fields that a migration adds.
#[derive(Debug)]
pub(super) struct Fields {
    fields: Vec<Field>,
    due: Option<Instant>,
}

#[derive(Debug)]
struct Field {
    collection: String,
    name: String,
    lacking: Document,
    /// What finds the documents in which the field is used; for arrays only.
    used: Option<Document>,
}

/// What was counted of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    /// `quotes.selectedEvents`.
    pub(super) field: String,
    /// Documents without it, or with another type; why it is unknown.
    pub(super) lacking: Result<u64, String>,
    /// Documents whose array is not empty; none for other fields and when it takes too long.
    pub(super) used: Option<u64>,
}

impl Fields {
    pub(super) fn of(migration: &Migration) -> Self {
        let added = migration.steps.iter().filter_map(|step| match step {
            Step::AddField(step) => Some(step),
            _ => None,
        });
        let fields = added.filter_map(|step| Field::of(step, migration)).collect();
        Self { fields, due: None }
    }

    /// Whether it is time to count again.
    pub(super) fn is_due(&self) -> bool {
        self.due.is_none_or(|due| Instant::now() >= due)
    }

    /// Counts now. A migration that is not applied has given documents nothing. None when the server
    /// does not tell whether it is.
    pub(super) async fn count(
        &mut self,
        context: &Context,
        migration: &Migration,
    ) -> Option<Vec<Counted>> {
        let began = Instant::now();
        let applied = is_applied(context, migration).await;
        let mut counted = Vec::new();
        if applied == Some(true) {
            for field in &self.fields {
                counted.push(field.count(context).await);
            }
        }
        self.due = Some(Instant::now() + INTERVAL.max(began.elapsed() * REST));
        applied.map(|_| counted)
    }
}

async fn is_applied(context: &Context, migration: &Migration) -> Option<bool> {
    let reading = records::read(&context.target);
    let records = tokio::time::timeout(COUNT_MAX, reading).await.ok()?.ok()?;
    let record = records.iter().rfind(|record| record.is_of(&migration.version));
    Some(record.is_some_and(|record| record.status == RecordStatus::Completed))
}

impl Field {
    fn of(step: &AddField, migration: &Migration) -> Option<Self> {
        let name = step.field.as_str().to_owned();
        let used = (step.bson_type == BsonType::Array).then(|| used(step, migration));
        Some(Self {
            lacking: Document::try_from(not_of_type(&name, step.bson_type).as_ref()).ok()?,
            collection: step.collection.as_str().to_owned(),
            name,
            used,
        })
    }

    async fn count(&self, context: &Context) -> Counted {
        let used = match &self.used {
            Some(filter) => self.matching(context, filter, None).await.ok(),
            None => None,
        };
        Counted {
            field: format!("{}.{}", self.collection, self.name),
            lacking: self.matching(context, &self.lacking, Some(LACKING_MAX)).await,
            used,
        }
    }

    async fn matching(
        &self,
        context: &Context,
        filter: &Document,
        most: Option<u64>,
    ) -> Result<u64, String> {
        let documents = context.target.database.collection::<Document>(&self.collection);
        let mut counting = documents
            .count_documents(filter.clone())
            .max_time(COUNT_MAX)
            .comment("causeway: watching");
        if let Some(most) = most {
            counting = counting.limit(most);
        }
        let too_long = || format!("counting takes longer than {} s", COUNT_MAX.as_secs());
        // The server ends it; this is for one that does not answer at all.
        match tokio::time::timeout(COUNT_MAX * 2, counting).await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) if took_too_long(&error) => Err(too_long()),
            Ok(Err(_)) => Err("it could not be counted".to_owned()),
            Err(_) => Err(too_long()),
        }
    }
}

fn took_too_long(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(command) if command.code == TOOK_TOO_LONG)
}

/// By a sparse index that the migration makes inside the field, where there is one: it holds just the
/// documents that are wanted. Otherwise every document is looked at.
fn used(step: &AddField, migration: &Migration) -> Document {
    let inside = format!("{}.", step.field);
    let indexed = migration.steps.iter().find_map(|other| match other {
        Step::CreateIndex(index) if index.collection == step.collection => {
            let sparse = index.index.options.get_bool("sparse").unwrap_or(false);
            let first = index.index.keys.iter().next()?.ok()?.0;
            let path = AsRef::<str>::as_ref(first);
            (sparse && path.starts_with(&inside)).then(|| path.to_owned())
        }
        _ => None,
    });
    let path = indexed.unwrap_or_else(|| format!("{}.0", step.field));
    doc! { path: { "$exists": true } }
}

impl Counted {
    /// `3 documents lack quotes.selectedEvents`.
    pub(super) fn words(&self) -> String {
        let field = &self.field;
        let lacking = match &self.lacking {
            Ok(0) => format!("every document has {field}"),
            Ok(1) => format!("1 document lacks {field}, or has another type there"),
            Ok(count) if *count >= LACKING_MAX => {
                format!("{} documents or more lack {field}", thousands(*count))
            }
            Ok(count) => {
                format!("{} documents lack {field}, or have another type there", thousands(*count))
            }
            Err(why) => format!("unknown whether documents lack {field}: {why}"),
        };
        match self.used {
            Some(used) => format!("{lacking}; {} use it", thousands(used)),
            None => lacking,
        }
    }

    /// `0 documents lack it, 12 use it`.
    pub(super) fn numbers(&self) -> String {
        let lacking = match &self.lacking {
            Ok(count) if *count >= LACKING_MAX => format!("{} or more", thousands(*count)),
            Ok(count) => thousands(*count),
            Err(why) => return why.clone(),
        };
        let used = self.used.map(|used| format!(", {} use it", thousands(used)));
        format!("{lacking} documents lack it{}", used.unwrap_or_default())
    }

    /// Whether documents lack it.
    pub(super) fn is_lacking(&self) -> bool {
        self.lacking.as_ref().is_ok_and(|count| *count > 0)
    }
}
