//! A quote as it stands, read in the transaction that changes it.

use bson::{Bson, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::ClientSession;
use quotes_core::quote::Quote;

use crate::{
    failure::Failure,
    store::{Store, author::Author},
};

/// The collection.
pub(super) const QUOTES: &str = "quotes";

/// A quote as it stands.
#[derive(Debug, Clone)]
pub struct Present {
    /// Its bytes.
    pub raw: RawDocumentBuf,
    /// What they say.
    pub quote: Quote,
}

impl From<RawDocumentBuf> for Present {
    fn from(raw: RawDocumentBuf) -> Self {
        let quote = Quote::read(&raw);
        Self { raw, quote }
    }
}

impl Present {
    /// Reads the quote with this id or reference, as it stands in a URL, for `author` to change it.
    ///
    /// # Errors
    ///
    /// 404 when there is none, or none that this author may see.
    pub(super) async fn read(
        store: &Store,
        session: &mut ClientSession,
        (author, id): (&Author, &str),
    ) -> Result<Self, Failure> {
        let present = match ObjectId::parse_str(id) {
            Ok(id) => found(store, session, &id.into()).await?,
            Err(_malformed) => None,
        };
        let present = match present {
            Some(present) => present,
            // By another name, or of another type.
            None => {
                let named =
                    store.find_quote(id).await?.map(Self::from).ok_or_else(no_such_quote)?;
                let id = named.quote.id.as_bson();
                found(store, session, id).await?.ok_or_else(no_such_quote)?
            }
        };
        match author.principal.run() {
            Some(run) if present.quote.made_by_run.as_deref() != Some(run) => Err(no_such_quote()),
            _ => Ok(present),
        }
    }
}

async fn found(
    store: &Store,
    session: &mut ClientSession,
    id: &Bson,
) -> Result<Option<Present>, Failure> {
    let quotes = store.raw(QUOTES);
    // `$eq`, because some ids are documents, which could be read as operators.
    let find = quotes.find_one(doc! { "_id": { "$eq": id } }).session(session);
    Ok(store.call("read the quote", find.into_future()).await?.map(Present::from))
}

fn no_such_quote() -> Failure {
    Failure::not_found("QUOTE_NOT_FOUND", "there is no quote of this id or reference")
}
