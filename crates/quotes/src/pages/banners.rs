//! What everybody is told now, above every page; a page that stays open asks for it again.

use askama::{Template, filters::HtmlSafe};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use bson::DateTime;
use causeway_core::maintenance::Maintenance;

use super::{
    shell::page,
    words::{Time, moment},
};
use crate::{
    access::BANNERS,
    app::Shared,
    maintenance::{Follower, said},
};

/// What the banner of a maintenance says that nobody announced.
pub(super) const PAUSED: &str = "Editing is paused";

/// All of it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/banners.html")]
pub(super) struct Banners {
    all: Vec<Banner>,
    /// Whether quotes can be read only.
    is_paused: bool,
}

impl HtmlSafe for Banners {}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Banner {
    pub(super) level: String,
    pub(super) subject: String,
    pub(super) text: String,
    /// When it should be over, where the text does not say so.
    pub(super) until: Option<Time>,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(BANNERS, get(now))
}

async fn now(State(app): State<Shared>) -> Response {
    page(StatusCode::OK, &Banners::now(&app.maintenance))
}

impl Banners {
    /// Maintenance that nobody announced is told all the same.
    pub(super) fn now(maintenance: &Follower) -> Self {
        let (told, state) = (maintenance.told().banners, maintenance.now());
        let is_told = told.iter().any(|it| it.kind == "banner" && it.is_of_maintenance);
        let mut all: Vec<Banner> = told
            .into_iter()
            .filter(|it| it.kind == "banner")
            .map(|it| Banner { level: it.level, subject: it.subject, text: it.text, until: None })
            .collect();
        if state.on && !is_told {
            all.insert(0, Banner::of(&state));
        }
        Self { all, is_paused: state.covers("quotes") }
    }

    /// Above a page that says it itself.
    pub(super) fn none(self) -> Self {
        Self { all: Vec::new(), ..self }
    }
}

impl Banner {
    /// Of a maintenance.
    pub(super) fn of(state: &Maintenance) -> Self {
        let until = state.until.filter(|until| *until > DateTime::now());
        Self {
            level: "attention".to_owned(),
            subject: PAUSED.to_owned(),
            text: said(state),
            until: until.and_then(moment).map(Time::near),
        }
    }
}
