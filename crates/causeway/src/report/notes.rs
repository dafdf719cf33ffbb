//! What people wrote about a run: notes, lessons, changes to the runbook, what users reported.

use bson::{DateTime, doc};
use causeway_core::runbook::{Note, NoteKind, RunRecord};
use serde::Serialize;

use super::inputs::Inputs;
use super::moments;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::runs;

/// A longer text belongs in a document of its own.
const CHARACTERS_MAX: usize = 10_000;

/// Something to be written about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// What kind of note.
    pub kind: NoteKind,
    /// The text.
    pub text: String,
}

/// Notes of one kind, in the order in which they were written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Notes {
    pub(super) kind: NoteKind,
    pub(super) title: &'static str,
    /// What there is to say without any.
    pub(super) without: &'static str,
    pub(super) flag: &'static str,
    pub(super) notes: Vec<Written>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) by: String,
    /// RFC 3339.
    pub(super) at: String,
}

const KINDS: [(NoteKind, &str, &str, &str); 4] = [
    (NoteKind::Lesson, "Lessons learned", "Nobody has written one down yet.", "--lesson"),
    (NoteKind::Runbook, "Changes to the runbook", "Nobody has asked for one yet.", "--runbook"),
    (NoteKind::Feedback, "What users reported", "Nothing has been written down yet.", "--feedback"),
    (NoteKind::Note, "Notes", "There are none.", "--note"),
];

/// All of them, by kind.
pub(super) fn of(inputs: &Inputs) -> Vec<Notes> {
    KINDS
        .map(|(kind, title, without, flag)| Notes {
            kind,
            title,
            without,
            flag,
            notes: inputs
                .run
                .notes
                .iter()
                .filter(|note| note.kind == kind)
                .map(|it| written(inputs, it))
                .collect(),
        })
        .into()
}

fn written(inputs: &Inputs, note: &Note) -> Written {
    Written {
        text: note.text.clone(),
        by: note.by.clone(),
        at: moments::stored(note.at, &inputs.made.zone),
    }
}

/// Adds notes to the run's document, and to the run at hand. Asks first.
///
/// # Errors
/// Usage when a text is empty or too long; refused when nobody permits it; when the server refuses.
pub(super) async fn add(context: &Context, run: &mut RunRecord, new: &[NewNote]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let now = DateTime::now();
    let notes: Vec<Note> =
        new.iter().map(|note| of_person(context, note, now)).collect::<Result<_>>()?;
    let many = crate::terminal::quantities::counted(notes.len() as u64, "notes");
    let what = format!("{many} into run {}", run.id);
    context.approve(&what).await?;
    let adding = || format!("write {what}");
    let each = bson::serialize_to_bson(&notes).attempt(adding)?;
    let push = doc! { "$push": { "notes": { "$each": each } } };
    let done = runs::collection(&context.target).update_one(doc! { "_id": &run.id }, push).await;
    if done.attempt(adding)?.matched_count == 0 {
        return Err(Failure::unexpected(format!(
            "run {} is gone from {}",
            run.id,
            runs::COLLECTION
        )));
    }
    run.notes.extend(notes);
    Ok(())
}

fn of_person(context: &Context, note: &NewNote, at: DateTime) -> Result<Note> {
    let text = note.text.trim();
    if text.is_empty() || text.chars().count() > CHARACTERS_MAX {
        return Err(Failure::usage(format!("a note has 1 to {CHARACTERS_MAX} characters")));
    }
    Ok(Note { kind: note.kind, text: text.to_owned(), by: context.operator.name.clone(), at })
}
