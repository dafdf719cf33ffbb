//! Making and changing accounts and tokens: each with its entry in the audit log, or not at all.

use std::time::Duration;

use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::FutureExt as _;
use mongodb::ClientSession;

use super::{
    Access, Actor, Fingerprint, Role, Scope, Standing, Token, User,
    secret::{random_password, random_secret},
    together::Collections,
    token::PREFIX,
    trail::Deed,
    user::{self, StoredPassword, normal_email},
};
use crate::failure::Failure;

/// An account to be made. It is approved.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Where mail reaches them, and what they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The company they work for.
    pub company: Option<String>,
}

/// What changes of an account.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Their name.
    pub name: Option<String>,
    /// The company they work for; `None` inside takes it away.
    pub company: Option<Option<String>>,
    /// What they are.
    pub role: Option<Role>,
    /// Whether they are let in.
    pub standing: Option<Standing>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// In whose name it asks.
    pub user: ObjectId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// How long it is valid; without, until it is revoked.
    pub valid: Option<Duration>,
}

impl Access {
    /// Makes an account. Without a password one is made, and given back.
    ///
    /// # Errors
    ///
    /// When there is one with this e-mail address.
    pub async fn create_user(
        &self,
        new: NewUser,
        password: Option<&str>,
        actor: Actor,
    ) -> Result<(User, Option<String>), Failure> {
        let generated = generated_unless(password)?;
        let password = password.or(generated.as_deref()).unwrap_or_default();
        let hash = self.passwords.turn().await?.hash(password).await?;
        let user = User {
            id: ObjectId::new(),
            name: new.name,
            company: new.company,
            email: normal_email(&new.email),
            role: new.role,
            standing: Standing::Approved,
        };
        let details = doc! { "user": user.id, "role": user.role.word() };
        let deed = Deed { action: "user.create", actor, details };
        let made = user.clone();
        self.together("make an account", deed, move |to, session| {
            let (user, hash) = (user.clone(), hash.clone());
            async move { to.users.insert(&user, &hash, session).await }.boxed()
        })
        .await?;
        Ok((made, generated))
    }

    /// Changes an account. Who becomes another role, or is no longer let in, has to sign in again.
    ///
    /// # Errors
    ///
    /// When there is no such account, or nobody would be left who can do everything.
    pub async fn change_user(
        &self,
        id: ObjectId,
        change: &Change,
        actor: Actor,
    ) -> Result<User, Failure> {
        let before = self.users.by_id(id).await?.ok_or_else(user::not_found)?;
        let fields = fields(change);
        let loses = change.role.is_some_and(|role| role != before.role)
            || change.standing.is_some_and(|standing| standing != before.standing);
        let no_admin =
            change.role == Some(Role::Agent) || change.standing == Some(Standing::NotApproved);
        let names: Vec<String> = fields.keys().cloned().collect();
        let details = doc! { "user": id, "fields": names };
        let deed = Deed { action: "user.update", actor, details };
        self.together("change an account", deed, move |to, session| {
            let fields = fields.clone();
            change_in(to, Changed { id, fields, no_admin, loses }, session).boxed()
        })
        .await?;
        self.users.by_id(id).await?.ok_or_else(user::not_found)
    }

    /// Gives somebody another password, which is given back when it was made here. All their sessions
    /// end.
    ///
    /// # Errors
    ///
    /// When there is no such account.
    pub async fn reset_password(
        &self,
        id: ObjectId,
        password: Option<&str>,
        actor: Actor,
    ) -> Result<Option<String>, Failure> {
        let generated = generated_unless(password)?;
        let password = password.or(generated.as_deref()).unwrap_or_default();
        let hash = self.passwords.turn().await?.hash(password).await?;
        let deed = Deed { action: "user.reset-password", actor, details: doc! { "user": id } };
        self.store_password(id, &hash, None, deed).await?;
        Ok(generated)
    }

    pub(super) async fn store_password(
        &self,
        id: ObjectId,
        hash: &StoredPassword,
        but: Option<Fingerprint>,
        deed: Deed,
    ) -> Result<(), Failure> {
        let fields = doc! { "password": &hash.0 };
        self.together("store a password", deed, move |to, session| {
            let fields = fields.clone();
            async move {
                to.users.set(id, fields, &mut *session).await?;
                to.sessions.end_all(id, but, session).await
            }
            .boxed()
        })
        .await
    }

    /// Makes a token, and gives its secret back: nobody can be told it again.
    ///
    /// # Errors
    ///
    /// When there is no such account.
    pub async fn create_token(
        &self,
        new: NewToken,
        actor: Actor,
    ) -> Result<(Token, String), Failure> {
        self.users.by_id(new.user).await?.ok_or_else(user::not_found)?;
        let secret = format!("{PREFIX}{}", random_secret().map_err(Failure::unexpected)?);
        let token = token(new);
        let details = doc! { "token": token.id, "name": &token.name, "user": token.user };
        let deed = Deed { action: "token.create", actor, details };
        let (made, fingerprint) = (token.clone(), Fingerprint::of(&secret));
        self.together("make a token", deed, move |to, session| {
            let token = token.clone();
            async move { to.tokens.insert(&token, fingerprint, session).await }.boxed()
        })
        .await?;
        Ok((made, secret))
    }

    /// Ends a token.
    ///
    /// # Errors
    ///
    /// When there is no such token.
    pub async fn revoke_token(&self, id: ObjectId, actor: Actor) -> Result<(), Failure> {
        let deed = Deed { action: "token.revoke", actor, details: doc! { "token": id } };
        self.together("revoke a token", deed, move |to, session| {
            async move { to.tokens.revoke(id, session).await }.boxed()
        })
        .await
    }
}

struct Changed {
    id: ObjectId,
    fields: Document,
    no_admin: bool,
    loses: bool,
}

async fn change_in(
    to: Collections,
    changed: Changed,
    session: &mut ClientSession,
) -> Result<(), Failure> {
    let Changed { id, fields, no_admin, loses } = changed;
    to.users.set(id, fields, &mut *session).await?;
    if no_admin {
        to.users.keep_another_admin(id, &mut *session).await?;
    }
    if loses {
        to.sessions.end_all(id, None, session).await?;
    }
    Ok(())
}

fn generated_unless(given: Option<&str>) -> Result<Option<String>, Failure> {
    match given {
        Some(_) => Ok(None),
        None => random_password().map(Some).map_err(Failure::unexpected),
    }
}

fn token(new: NewToken) -> Token {
    let created = DateTime::now();
    let expires = new.valid.map(|valid| {
        let millis = i64::try_from(valid.as_millis()).unwrap_or(i64::MAX);
        DateTime::from_millis(created.timestamp_millis().saturating_add(millis))
    });
    let (id, name, user, scopes) = (ObjectId::new(), new.name, new.user, new.scopes);
    Token { id, name, user, scopes, created, used: None, expires, revoked: None }
}

fn fields(change: &Change) -> Document {
    let mut fields = Document::new();
    if let Some(name) = &change.name {
        fields.insert("name", name);
    }
    if let Some(company) = &change.company {
        fields.insert("company", company.as_deref().unwrap_or_default());
    }
    if let Some(role) = change.role {
        fields.insert("role", role.word());
    }
    match change.standing {
        Some(Standing::Approved) => {
            fields.insert("isApproved", true);
            fields.insert("registrationStatus", "approved");
        }
        Some(Standing::NotApproved) => drop(fields.insert("isApproved", false)),
        None => {}
    }
    fields
}
