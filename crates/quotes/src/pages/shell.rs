//! What stands around every page: where one is, who one is, what everybody is told now.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
    response::{Html, IntoResponse as _, Response},
};

use super::{assets, banners::Banners, look::Look};
use crate::{
    access::{self, ClientAddress, Person, Principal},
    app::Shared,
    failure::Failure,
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
    /// What is shown to everybody of how it stands.
    Status,
    /// What they are told.
    Notifications,
    /// Where something went wrong.
    Problem,
    /// Who may come in.
    Users,
    /// What is the reader's own.
    You,
    /// None of them.
    Nowhere,
}

/// So long a page for everybody waits to know who reads it.
const PERHAPS: Duration = Duration::from_millis(150);

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
        Ok(Self::of(app, person, &parts.headers).await)
    }
}

impl Reader {
    async fn of(app: &Shared, person: Person, headers: &HeaderMap) -> Self {
        let (look, unread) = (Look::read(headers), unread(app, &person).await);
        Self { app: app.clone(), person, look, unread }
    }

    /// Of a page that is for everybody: whoever is signed in finds the way back. Nobody waits for a
    /// database that is away.
    pub(super) async fn perhaps(
        app: &Shared,
        headers: &HeaderMap,
        address: ClientAddress,
    ) -> Option<Self> {
        if !app.maintenance.is_fresh() {
            return None;
        }
        let reader = async {
            let principal = app.access.perhaps(headers, address).await?;
            Some(Self::of(app, principal.person()?.clone(), headers).await)
        };
        tokio::time::timeout(PERHAPS, reader).await.ok()?
    }

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
    pub(super) banners: Banners,
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
            banners: Banners::now(&app.maintenance),
            unread: 0,
        }
    }

    /// As whoever asks chose for this browser.
    pub(super) fn looking(self, headers: &HeaderMap) -> Self {
        Self { look: Look::read(headers), ..self }
    }

    /// Whether somebody reads it who is signed in.
    pub(super) fn is_somebodys(&self) -> bool {
        !self.user.is_empty()
    }

    /// On a phone one place leads to all that is the reader's own.
    pub(super) fn is_yours(&self) -> bool {
        matches!(self.at, At::Notifications | At::Problem | At::Users | At::You)
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

/// A page, or parts of one, as an answer.
pub(super) fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => Failure::unexpected(anyhow::Error::new(error)).into_response(),
    }
}
