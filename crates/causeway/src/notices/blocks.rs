//! A plain text as paragraphs and lists, for HTML. Lines that begin with `- ` are a list.

use serde::Serialize;

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "lines", rename_all = "snake_case")]
pub(super) enum Block {
    Paragraph(Vec<String>),
    List(Vec<String>),
}

/// The blocks of `text`, in order.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut apart = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            apart = true;
            continue;
        }
        match (line.strip_prefix("- "), blocks.last_mut()) {
            (Some(item), Some(Block::List(items))) if !apart => items.push(item.to_owned()),
            (Some(item), _) => blocks.push(Block::List(vec![item.to_owned()])),
            (None, Some(Block::Paragraph(lines))) if !apart => lines.push(line.to_owned()),
            (None, _) => blocks.push(Block::Paragraph(vec![line.to_owned()])),
        }
        apart = false;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks};

    #[test]
    fn a_text_falls_into_paragraphs_and_lists() {
        let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        assert_eq!(
            blocks("You can now:\n- Add\n- See\n\nThank you\nall"),
            [
                Block::Paragraph(lines(&["You can now:"])),
                Block::List(lines(&["Add", "See"])),
                Block::Paragraph(lines(&["Thank you", "all"])),
            ]
        );
    }
}
