//! Descriptions in the document: paragraphs, with code between backticks.

/// One paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words(String);

/// A part of a paragraph.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) is_code: bool,
    pub(super) text: &'a str,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Words and code, in turns.
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        let parts = self.0.split('`').enumerate();
        let pieces = parts.map(|(position, text)| Piece { is_code: position % 2 == 1, text });
        pieces.filter(|piece| !piece.text.is_empty()).collect()
    }
}

/// The paragraphs of a text, which empty lines keep apart.
pub(super) fn paragraphs(text: &str) -> Vec<Words> {
    text.split("\n\n").map(Words::of).filter(|words| !words.0.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks() {
        let words = Words::of("`A`: a thing, as `B`.");
        let pieces: Vec<_> = words.pieces().iter().map(|it| (it.is_code, it.text)).collect();
        assert_eq!(pieces, [(true, "A"), (false, ": a thing, as "), (true, "B"), (false, ".")]);
        assert_eq!(paragraphs("One.\n\nTwo\nand more.\n\n").len(), 2);
    }
}
