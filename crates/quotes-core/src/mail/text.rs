//! The letter as plain text.

use super::letter::{Fact, Letter};

/// Mail is quoted with `> ` before each line: narrower than a terminal.
const WIDTH: usize = 72;

pub(super) fn render(letter: &Letter) -> String {
    let mut sheet = Sheet(String::new());
    sheet.line(&format!(
        "{} · Quote {} · version {}",
        letter.agency, letter.reference, letter.version
    ));
    sheet.heading(&letter.heading, '=');
    sheet.paragraph(&letter.greeting);
    letter.message.iter().for_each(|paragraph| sheet.paragraph(paragraph));
    if !letter.changes.is_empty() {
        sheet.heading(&format!("What changed since version {}", letter.previous_version), '-');
        letter.changes.iter().for_each(|change| sheet.item(change));
    }
    sheet.heading("Your trip", '-');
    let labels = letter.trip.iter().map(|fact| length(&fact.label)).max().unwrap_or_default();
    for Fact { label, value } in &letter.trip {
        sheet.line(&format!("{label}{}  {value}", " ".repeat(labels - length(label))));
    }
    for (heading, lines) in
        [("What is included", &letter.included), ("Activities", &letter.activities)]
    {
        if !lines.is_empty() {
            sheet.heading(heading, '-');
            lines.iter().for_each(|line| sheet.wrapped(line, ""));
        }
    }
    if !letter.events.is_empty() {
        sheet.heading("Events", '-');
        for event in &letter.events {
            sheet.row(&event.name, &event.amount);
            sheet.wrapped(&event.basis, "  ");
        }
    }
    price(&mut sheet, letter);
    ending(&mut sheet, letter);
    sheet.0
}

fn price(sheet: &mut Sheet, letter: &Letter) {
    sheet.heading("Price", '-');
    letter.receipt.iter().for_each(|row| sheet.row(&row.label, &row.value));
    sheet.line(&"-".repeat(WIDTH));
    sheet.row("Total", &letter.total);
    if !letter.shares.is_empty() {
        sheet.row("", &letter.shares);
    }
    letter.notes.iter().for_each(|note| sheet.paragraph(note));
}

fn ending(sheet: &mut Sheet, letter: &Letter) {
    letter.validity.iter().for_each(|validity| sheet.paragraph(validity));
    sheet.paragraph(letter.answer);
    letter.link.iter().for_each(|link| sheet.line(link));
    sheet.paragraph(letter.closing);
    sheet.line(&letter.sender);
    letter.sender_email.iter().for_each(|email| sheet.line(email));
}

/// What has been written so far.
struct Sheet(String);

impl Sheet {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str, underline: char) {
        self.0.push('\n');
        self.wrapped(text, "");
        let width = length(text).min(WIDTH);
        self.line(&underline.to_string().repeat(width));
    }

    fn paragraph(&mut self, text: &str) {
        self.0.push('\n');
        self.wrapped(text, "");
    }

    fn item(&mut self, text: &str) {
        let begun = self.0.len();
        self.wrapped(text, "  ");
        self.0.replace_range(begun..begun + 1, "-");
    }

    /// What is on the left stays whole, what is on the right ends at the margin where it can.
    fn row(&mut self, left: &str, right: &str) {
        let taken = length(left) + length(right);
        if taken + 2 > WIDTH && !left.is_empty() {
            self.wrapped(left, "");
            return self.row("", right);
        }
        let blank = " ".repeat(WIDTH.saturating_sub(taken));
        self.line(&format!("{left}{blank}{right}"));
    }

    /// Broken between words.
    fn wrapped(&mut self, text: &str, indent: &str) {
        let mut written = 0;
        for word in text.split(' ') {
            if written == 0 {
                self.0.push_str(indent);
                written = length(indent);
            } else if written + 1 + length(word) > WIDTH {
                self.0.push('\n');
                self.0.push_str(indent);
                written = length(indent);
            } else {
                self.0.push(' ');
                written += 1;
            }
            self.0.push_str(word);
            written += length(word);
        }
        self.0.push('\n');
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}
