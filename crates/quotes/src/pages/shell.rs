//! What stands around every page: where one is, who one is, what everybody is told now.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
    response::{Html, IntoResponse as _, Response},
};

use super::{assets, look::Look};
use crate::{
    access::{self, Person, Principal},
    app::Shared,
    failure::Failure,
    maintenance::{Banner, Follower},
};

/// Which part of the application a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Lists, quotes and their forms.
    Quotes,
    /// The catalogue.
    Events,
    /// What is done to the whole application.
    Operations,
    /// What is the reader's own.
    You,
    /// None of them.
    Nowhere,
}

/// What the banner of a maintenance says that nobody announced.
pub(super) const PAUSED: &str = "Editing is paused";

/// A person who reads pages.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) app: Shared,
    pub(super) person: Person,
    look: Look,
    /// How many notifications they have not read.
    unread: u64,
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Failure> {
        let principal = Principal::from_request_parts(parts, app).await?;
        // The table of access lets nobody else in.
        let person = principal.person().cloned().ok_or_else(access::not_signed_in)?;
        let (look, unread) = (Look::read(&parts.headers), unread(app, &person).await);
        Ok(Self { app: app.clone(), person, look, unread })
    }
}

impl Reader {
    /// As whom they act.
    pub(super) fn principal(&self) -> Principal {
        Principal::Person(self.person.clone())
    }

    /// What stands around a page for them.
    pub(super) fn shell(&self, at: At) -> Shell {
        Shell {
            user: self.person.id.to_hex(),
            name: self.person.name.clone(),
            is_admin: self.principal().is_admin(),
            look: self.look,
            unread: self.unread,
            ..Shell::for_nobody(&self.app, at)
        }
    }
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    /// Drafts in a browser belong to somebody.
    pub(super) user: String,
    pub(super) name: String,
    pub(super) is_admin: bool,
    pub(super) agency: String,
    pub(super) at: At,
    pub(super) look: Look,
    pub(super) banners: Vec<Banner>,
    pub(super) unread: u64,
}

impl Shell {
    /// Around a page for whoever comes.
    pub(super) fn for_nobody(app: &Shared, at: At) -> Self {
        Self {
            user: String::new(),
            name: String::new(),
            is_admin: false,
            agency: app.settings.agency.clone(),
            at,
            look: Look::default(),
            banners: banners(&app.maintenance),
            unread: 0,
        }
    }

    /// As whoever asks chose for this browser.
    pub(super) fn looking(self, headers: &HeaderMap) -> Self {
        Self { look: Look::read(headers), ..self }
    }

    /// Where the style sheet is.
    #[expect(clippy::unused_self, reason = "templates reach it through the shell")]
    pub(super) fn style(&self) -> &'static str {
        assets::style()
    }

    /// Where the script is.
    #[expect(clippy::unused_self, reason = "templates reach it through the shell")]
    pub(super) fn script(&self) -> &'static str {
        assets::script()
    }
}

/// It stands in the margin of every page: where it can't be known, none are.
async fn unread(app: &Shared, person: &Person) -> u64 {
    let current = app.maintenance.notifications();
    if current.is_empty() {
        return 0;
    }
    let Ok(read) = app.notice_reads.of(&app.store, person.id).await else { return 0 };
    current.iter().filter(|notice| !read.contains(&notice.id)).count() as u64
}

/// Maintenance that nobody announced is told all the same.
fn banners(maintenance: &Follower) -> Vec<Banner> {
    let told = maintenance.told().banners;
    let mut banners: Vec<Banner> = told.into_iter().filter(|it| it.kind == "banner").collect();
    let state = maintenance.now();
    if state.on && banners.is_empty() {
        let refusal = crate::maintenance::refusal(&state, bson::DateTime::now());
        banners.push(Banner {
            id: "maintenance".to_owned(),
            kind: "banner".to_owned(),
            level: "attention".to_owned(),
            subject: PAUSED.to_owned(),
            text: refusal.message,
            from: None,
        });
    }
    banners
}

/// A page as an answer.
pub(super) fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => Failure::unexpected(anyhow::Error::new(error)).into_response(),
    }
}
