//! The night of the migration: announced, carried out, watched.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, Document, doc, oid::ObjectId};
use jiff::Timestamp;
use mongodb::Database;
use serde_json::Value;

use super::{
    stage::{DATABASE, Stage},
    witness,
};
use crate::say;

/// The window begins so long after it was announced: the backup and its proof are made before.
const ANNOUNCED_BEFORE: Duration = Duration::from_secs(45);

/// A run that went through.
pub(super) struct Night {
    /// Its id.
    pub(super) run: String,
    folder: PathBuf,
}

/// Announces it, carries it out, watches what follows.
pub(super) async fn carry_out(stage: &Stage) -> Result<Night> {
    let causeway = &stage.causeway;
    say::talk("\n# the day before (here: 45 s before), people are told");
    let start = Timestamp::now() + ANNOUNCED_BEFORE;
    let announcing = format!("run 010 --start {start:.0} --to announce --yes {DATABASE}");
    causeway.show(&announcing, 0)?;
    show_mail(stage, 0)?;
    say::talk("\n# at two in the morning: everything else");
    causeway.show(&format!("run 010 --confirm deploy --yes {DATABASE}"), 0)?;
    show_mail(stage, 2)?;
    say::talk("\n# the day after, in seconds");
    causeway.show("watch 010 --for 20s --every 1s", 0)?;
    let listed = causeway.events("history")?.expect(0)?;
    let run = listed.of("row").find(|row| row["direction"] == "run").context("find the run")?;
    let run = run["run"].as_str().context("read the run's id")?.to_owned();
    let folder = causeway.folder().join(".causeway/runs").join(&run);
    Ok(Night { run, folder })
}

/// Says which mail came since `known`.
fn show_mail(stage: &Stage, known: usize) -> Result<()> {
    let mails = stage.smtp.mails()?;
    ensure!(mails.len() > known, "no mail came");
    for mail in &mails[known..] {
        let text = String::from_utf8_lossy(&mail.text);
        let subject = text.lines().find_map(|line| line.strip_prefix("Subject: "));
        say::talk(&format!("# mail to {}: {}", mail.to, subject.unwrap_or("?")));
    }
    Ok(())
}

/// Quotes that people made, by the names that the witness gives them.
pub(super) fn made(ids: Vec<String>) -> impl Iterator<Item = String> {
    let ids = ids.into_iter().filter_map(|id| ObjectId::parse_str(id).ok());
    ids.map(|id| witness::name(&Bson::ObjectId(id)))
}

impl Night {
    /// The page of its report.
    pub(super) fn page(&self) -> PathBuf {
        self.folder.join("report.html")
    }

    /// Its report as data.
    pub(super) fn report(&self) -> Result<Value> {
        let path = self.folder.join("report.json");
        let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_slice(&text).context("read the report")
    }

    /// Folder of the backup that it made.
    pub(super) async fn backup(&self, database: &Database) -> Result<String> {
        let runs = database.collection::<Document>("causeway_runs");
        let run = runs.find_one(doc! { "_id": &self.run }).await.context("find the run")?;
        let run = run.context("the run is not written down")?;
        let folder = run.get_str("backup").context("read its backup")?;
        ensure!(Path::new(folder).is_dir(), "{folder} is gone");
        Ok(folder.to_owned())
    }
}
