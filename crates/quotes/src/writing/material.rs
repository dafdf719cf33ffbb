//! What a change needs to know beside the quote: events of the catalogue, the package.

use bson::{doc, oid::ObjectId};
use futures_util::try_join;
use jiff::Timestamp;
use quotes_core::{
    changes::{Changes, Context},
    event::Catalogue,
    package::Package,
    quote::Quote,
};

use crate::{
    failure::Failure,
    store::{Store, author::Author},
};

const PACKAGES: &str = "super_offer_packages";
const ENQUIRIES: &str = "enquiries";

/// All that a change of a quote needs to know.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// The events that are wanted, and those that are on the quote.
    pub(crate) catalogue: Catalogue,
    /// The package whose price may be wanted.
    pub(crate) package: Option<Package>,
}

impl Around {
    /// Looks it up; what is not needed is not asked for.
    pub(crate) async fn look_up(
        store: &Store,
        changes: &Changes,
        present: Option<&Quote>,
    ) -> Result<Self, Failure> {
        let there = present.into_iter().flat_map(Quote::events);
        let events: Vec<ObjectId> = changes.events().into_iter().chain(there).collect();
        let package = async {
            match changes.package(present) {
                Some(package) => store.package(package).await,
                None => Ok(None),
            }
        };
        let (catalogue, package) = try_join!(store.chosen_events(&events), package)?;
        Ok(Self { catalogue, package })
    }

    /// What a decision of `author` at this moment knows.
    pub(crate) fn context(&self, author: &Author) -> Context<'_> {
        Context {
            now: Timestamp::now(),
            user: author.id(),
            catalogue: &self.catalogue,
            package: self.package.as_ref(),
            fresh_id: &ObjectId::new,
        }
    }
}

impl Store {
    /// A package; none when it is gone.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn package(&self, id: ObjectId) -> Result<Option<Package>, Failure> {
        let packages = self.raw(PACKAGES);
        let find = packages.find_one(doc! { "_id": id });
        let found = self.call("read the package", find.into_future()).await?;
        Ok(found.map(|package| Package::read(&package)))
    }

    /// Whom an enquiry came from. `None` when there is no such enquiry.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn agent_of(&self, enquiry: ObjectId) -> Result<Option<Agent>, Failure> {
        let enquiries = self.raw(ENQUIRIES);
        let find = enquiries
            .find_one(doc! { "_id": enquiry })
            .projection(doc! { "agentEmail": 1, "agentName": 1 });
        let found = self.call("read the enquiry", find.into_future()).await?;
        Ok(found.map(|enquiry| {
            let text = |key| enquiry.get_str(key).ok().map(str::trim).filter(|it| !it.is_empty());
            Agent {
                email: text("agentEmail").map(str::to_owned),
                name: text("agentName").map(str::to_owned),
            }
        }))
    }
}

/// Who sent an enquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Where mail reaches them, when the enquiry says it.
    pub email: Option<String>,
    /// How to call them, when it says that.
    pub name: Option<String>,
}
