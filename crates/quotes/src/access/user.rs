//! Accounts as `users` holds them, written by the application before this one.

use bson::{Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::ClientSession;

use super::Role;
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// Somebody's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `_id`.
    pub id: ObjectId,
    /// Their name.
    pub name: String,
    /// The company they work for.
    pub company: Option<String>,
    /// Lower case; unique.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Whether they are let in.
    pub standing: Standing,
}

/// Whether somebody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They are.
    Approved,
    /// `isApproved` is not true, or `registrationStatus` says something else than `approved`.
    NotApproved,
}

/// A stored password: argon2id as this application writes it, or bcrypt as the one before did.
#[derive(Clone)]
pub(super) struct StoredPassword(pub(super) String);

impl User {
    /// As far as it can be read: an account without e-mail address or with an unknown role is nobody's.
    fn read(document: &Document) -> Option<Self> {
        let text = |field| document.get_str(field).ok().map(str::to_owned);
        let status = document.get_str("registrationStatus").unwrap_or("approved");
        let approved = document.get_bool("isApproved").unwrap_or(false) && status == "approved";
        Some(Self {
            id: document.get_object_id("_id").ok()?,
            name: text("name").unwrap_or_default(),
            company: text("company").filter(|company| !company.is_empty()),
            email: text("contactEmail")?,
            role: document.get_str("role").ok()?.parse().ok()?,
            standing: if approved { Standing::Approved } else { Standing::NotApproved },
        })
    }
}

/// The collection `users`.
#[derive(Debug, Clone)]
pub struct Users {
    store: Store,
}

/// How an address is stored and compared.
pub(super) fn normal_email(typed: &str) -> String {
    typed.trim().to_lowercase()
}

impl Users {
    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// The account of an e-mail address, with its password.
    pub(super) async fn with_password(
        &self,
        email: &str,
    ) -> Result<Option<(User, StoredPassword)>, Failure> {
        let filter = doc! { "contactEmail": normal_email(email) };
        let users = self.store.collection("users");
        let find = users.find_one(filter).into_future();
        let found = self.store.call("look for an account", find).await?;
        Ok(found.and_then(|found| {
            let password = found.get_str("password").unwrap_or_default().to_owned();
            Some((User::read(&found)?, StoredPassword(password)))
        }))
    }

    /// The account of an e-mail address.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn by_email(&self, email: &str) -> Result<Option<User>, Failure> {
        Ok(self.with_password(email).await?.map(|(user, _password)| user))
    }

    /// The account with this `_id`.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn by_id(&self, id: ObjectId) -> Result<Option<User>, Failure> {
        let users = self.store.collection("users");
        let found = users.find_one(doc! { "_id": id }).projection(doc! { "password": 0 });
        let found = self.store.call("read an account", found.into_future()).await?;
        Ok(found.as_ref().and_then(User::read))
    }

    /// At most `limit` accounts in the order of their ids, from behind `after` on, and behind which
    /// one to go on when there may be more.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn list(
        &self,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<(Vec<User>, Option<ObjectId>), Failure> {
        let after = after.unwrap_or(ObjectId::from_bytes([0; 12]));
        let users = self.store.collection("users");
        let found = users
            .find(doc! { "_id": { "$gt": after } })
            .sort(doc! { "_id": 1 })
            .limit(i64::from(limit))
            .projection(doc! { "password": 0 });
        let read = async move { found.await?.try_collect::<Vec<Document>>().await };
        let documents = self.store.call("list accounts", read).await?;
        let full = u32::try_from(documents.len()) == Ok(limit);
        let last = documents.last().and_then(|last| last.get_object_id("_id").ok());
        Ok((documents.iter().filter_map(User::read).collect(), last.filter(|_| full)))
    }

    /// Replaces a hash by another one of the same password, unless somebody was faster.
    pub(super) async fn upgrade(
        &self,
        id: ObjectId,
        old: &StoredPassword,
        new: &StoredPassword,
    ) -> Result<(), Failure> {
        let users = self.store.collection("users");
        let write = users.update_one(
            doc! { "_id": id, "password": &old.0 },
            doc! { "$set": { "password": &new.0 } },
        );
        self.store.call("upgrade a password's hash", write.into_future()).await?;
        Ok(())
    }

    /// Stores an account that was not there.
    pub(super) async fn insert(
        &self,
        user: &User,
        password: &StoredPassword,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let now = bson::DateTime::now();
        let mut document = doc! {
            "_id": user.id,
            "name": &user.name,
            "contactEmail": &user.email,
            "password": &password.0,
            "role": user.role.word(),
            "isApproved": true,
            "registrationStatus": "approved",
            "createdAt": now,
            "updatedAt": now,
            "__v": 0,
        };
        if let Some(company) = &user.company {
            document.insert("company", company);
        }
        let users = self.store.collection("users");
        let write = users.insert_one(document).session(session).into_future();
        let written = self.store.attempt("store an account", write).await?;
        match written.map_err(Fault::of) {
            Ok(_inserted) => Ok(()),
            Err(fault) if fault.is_duplicate() => Err(email_taken()),
            Err(fault) => Err(fault.failure("store an account")),
        }
    }

    /// Sets fields of an account.
    pub(super) async fn set(
        &self,
        id: ObjectId,
        mut fields: Document,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        fields.insert("updatedAt", bson::DateTime::now());
        let users = self.store.collection("users");
        let write = users.update_one(doc! { "_id": id }, doc! { "$set": fields }).session(session);
        let written = self.store.call("change an account", write.into_future()).await?;
        if written.matched_count == 0 { Err(not_found()) } else { Ok(()) }
    }

    /// Sees to it that somebody else remains who can do everything.
    ///
    /// The other administrator's account is written to: two who take each other's role away at once
    /// then want the same document, and one of them has to look again.
    pub(super) async fn keep_another_admin(
        &self,
        id: ObjectId,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let another = doc! {
            "_id": { "$ne": id },
            "role": "admin",
            "isApproved": true,
            "registrationStatus": { "$in": ["approved", null] },
        };
        let touched = doc! { "$set": { "updatedAt": bson::DateTime::now() } };
        let users = self.store.collection("users");
        let write = users.update_one(another, touched).session(session);
        let written = self.store.call("look for another admin", write.into_future()).await?;
        if written.matched_count == 0 { Err(last_admin()) } else { Ok(()) }
    }
}

/// Whether mail could be sent there, as far as that can be seen.
#[must_use]
pub fn is_email(address: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[]\\,;:\"".contains(c);
    let parts = address.rsplit_once('@').filter(|_| address.chars().all(plain));
    parts.is_some_and(|(local, host)| {
        let labels = || host.split('.');
        (1..=64).contains(&local.len())
            && labels().count() > 1
            && labels().all(|label| !label.is_empty())
    })
}

/// There is no such account.
#[must_use]
pub fn not_found() -> Failure {
    Failure::not_found("USER_NOT_FOUND", "there is no such account")
}

fn email_taken() -> Failure {
    Failure::conflict("EMAIL_TAKEN", "there is an account with this e-mail address already")
}

fn last_admin() -> Failure {
    Failure::conflict(
        "LAST_ADMIN",
        "nobody else could administrate: make somebody else an administrator first",
    )
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_look_like_addresses() {
        for address in ["ada@agency.example", "a.b+c@x.y.z", "ä@büro.example"] {
            assert!(is_email(address), "{address}");
        }
        for other in
            ["", "ada", "ada@", "@agency.example", "ada@agency", "a b@c.d", "a@b..c", "<a@b.c>"]
        {
            assert!(!is_email(other), "{other}");
        }
    }
}
