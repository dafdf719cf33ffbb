//! Which state of a document somebody saw.

use bson::RawDocument;
use xxhash_rust::xxh3::Xxh3;

/// What becomes of a mail on its way is nothing that a person could have written otherwise: somebody
/// with the form open is not told of a conflict because a mail arrived meanwhile.
const LEFT_OUT: &str = "emailDeliveryStatus";
/// In front of the elements.
const LENGTH_BYTES: usize = 4;

/// Lower-case hex of the 128 bits of xxh3 over the document's bytes without `emailDeliveryStatus`: a
/// change by any program, of any other field, makes another revision.
pub fn revision(document: &RawDocument) -> String {
    let mut hash = Xxh3::new();
    let bytes = document.as_bytes();
    let mut hashed = LENGTH_BYTES;
    let mut begins = LENGTH_BYTES;
    // Of what can't be walked to its end, the rest counts as it is.
    for element in document.iter_elements().map_while(Result::ok) {
        // One byte says the type, one ends the name.
        let ends = begins + 1 + element.key().as_str().len() + 1 + element.size();
        if element.key().as_str() == LEFT_OUT {
            hash.update(bytes.get(hashed..begins).unwrap_or_default());
            hashed = ends;
        }
        begins = ends;
    }
    hash.update(bytes.get(hashed..).unwrap_or_default());
    format!("{:032x}", hash.digest128())
}

#[cfg(test)]
mod tests {
    use bson::{Document, RawDocumentBuf, doc, oid::ObjectId, rawdoc};

    use super::revision;

    fn of(document: &Document) -> String {
        revision(&RawDocumentBuf::try_from(document).unwrap())
    }

    #[test]
    fn every_field_counts_but_what_became_of_the_mail() {
        let with = |status: &str, hotel: &str| {
            doc! {
                "_id": ObjectId::from_bytes([7; 12]),
                "emailMessageId": "<1@agency.example>",
                "emailDeliveryStatus": status,
                "nested": { "emailDeliveryStatus": status.is_empty(), "list": [1.5, null, "é"] },
                "hotelName": hotel,
            }
        };
        let seen = of(&with("pending", "Example"));
        assert_eq!(seen, of(&with("delivered", "Example")));
        assert_ne!(seen, of(&with("pending", "Other")));
        // A quote of long ago gets the field with its first mail.
        let mut without = with("pending", "Example");
        without.remove("emailDeliveryStatus");
        assert_eq!(seen, of(&without));
        assert_ne!(seen, of(&with("", "Example")), "a field of that name elsewhere is another");
        assert_eq!(revision(&rawdoc! {}).len(), 32);
    }
}
