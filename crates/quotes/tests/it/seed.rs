//! The migrations that the application needs, applied in a moment: without proof, to a test's own data.

use anyhow::Result;
use bson::{Document, doc};
use causeway_core::migration::Step;
use quotes::{failure::Failure, needs};
use testbed::TestDatabase;

use crate::app;

/// Gives the documents what the migrations' steps would give them, then makes indexes and records.
pub(crate) async fn migrate(database: &TestDatabase) -> Result<()> {
    for step in needs::migrations().iter().flat_map(|migration| &migration.steps) {
        let documents = database.database().collection::<Document>(step.collection().as_str());
        match step {
            Step::AddField(step) => {
                let absent = doc! { step.field.as_str(): { "$exists": false } };
                let value = bson::Bson::try_from(step.value.clone())?;
                let set = doc! { "$set": { step.field.as_str(): value } };
                documents.update_many(absent, set).bypass_document_validation(true).await?;
            }
            Step::SetComputed(step) => {
                let pipeline: Vec<Document> =
                    step.pipeline.iter().map(Document::try_from).collect::<Result<_, _>>()?;
                let meant = Document::try_from(&step.filter)?;
                documents.update_many(meant, pipeline).bypass_document_validation(true).await?;
            }
            // Indexes are made below; the generated data has a validator only where a test wants one.
            Step::CreateIndex(_) | Step::ExtendEnum(_) => {}
            Step::RemoveField(_) | Step::RenameField(_) | Step::DropIndex(_) => {
                anyhow::bail!("apply `{}` here, too", step.title());
            }
        }
    }
    needs::everything(&app::store(database).await?).await.map_err(failed)
}

/// A failure as an error with its cause, for tests.
pub(crate) fn failed(failure: Failure) -> anyhow::Error {
    let code = failure.code;
    failure.into_cause().context(code)
}
