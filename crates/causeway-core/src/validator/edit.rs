//! Replaces lists deep inside of a document without touching a byte beside them.

use bson::{RawArray, RawArrayBuf, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use crate::element::{Elements, Malformed};
use crate::migration::same_value;

const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;

/// The list with these values at its end.
pub(super) fn with(list: &RawArray, values: &[&RawBson]) -> bson::error::Result<RawArrayBuf> {
    let mut longer = RawArrayBuf::new();
    for item in list {
        longer.push(item?);
    }
    for value in values {
        longer.push(value.as_raw_bson_ref());
    }
    Ok(longer)
}

/// The list without these values: of equal ones the last goes, for that is the one that was added.
pub(super) fn without(list: &RawArray, values: &[&RawBson]) -> bson::error::Result<RawArrayBuf> {
    let mut items: Vec<RawBsonRef<'_>> = list.into_iter().collect::<Result<_, _>>()?;
    for value in values {
        let value = value.as_raw_bson_ref();
        if let Some(place) = items.iter().rposition(|item| same_value(*item, value)) {
            items.remove(place);
        }
    }
    Ok(items.into_iter().collect())
}

/// The document with other lists at these routes; a route is the number of the element at each
/// level, down to the list.
pub(super) fn replace(
    document: &RawDocument,
    lists: &[(&[usize], RawArrayBuf)],
) -> Result<RawDocumentBuf, Malformed> {
    let lists: Vec<(&[usize], &[u8])> =
        lists.iter().map(|(route, list)| (*route, list.as_bytes())).collect();
    let bytes = rebuilt(document, &lists)?;
    RawDocumentBuf::from_bytes(bytes).map_err(|_| Malformed { offset: 0 })
}

fn rebuilt(document: &RawDocument, lists: &[(&[usize], &[u8])]) -> Result<Vec<u8>, Malformed> {
    let bytes = document.as_bytes();
    let mut out = vec![0; 4];
    for (number, element) in Elements::of(document).enumerate() {
        let element = element?;
        let below: Vec<(&[usize], &[u8])> = lists
            .iter()
            .filter_map(|(route, list)| match route.split_first() {
                Some((first, rest)) if *first == number => Some((rest, *list)),
                _ => None,
            })
            .collect();
        let value_start = element.end - element.value.len();
        out.extend_from_slice(&bytes[element.start..value_start]);
        match below.as_slice() {
            [] => out.extend_from_slice(element.value),
            [([], list)] if element.kind == ARRAY => out.extend_from_slice(list),
            _ if matches!(element.kind, DOCUMENT | ARRAY) => {
                let inner = RawDocument::from_bytes(element.value)
                    .map_err(|_| Malformed { offset: value_start })?;
                out.extend_from_slice(&rebuilt(inner, &below)?);
            }
            _ => return Err(Malformed { offset: value_start }),
        }
    }
    out.push(0);
    let length = i32::try_from(out.len()).map_err(|_| Malformed { offset: 0 })?;
    out[..4].copy_from_slice(&length.to_le_bytes());
    Ok(out)
}
