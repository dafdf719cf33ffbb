//! The pages that people work with: rendered here, whole without a script, quicker with one.
//!
//! A page reads what it needs from the store and from `quotes-core`, as the API does, and writes through
//! `writing`, as the API does: there is one set of rules. What fails becomes a page as well
//! ([`trouble`]), and what was typed is not lost by it.

mod assets;
mod banners;
mod came;
mod chart;
mod filled;
mod look;
mod posted;
mod shell;
mod trouble;
mod words;

mod sign_in;

mod email;
mod filters;
mod form;
mod life;
mod quote;
mod quotes;
mod receipt;
mod versions;

mod operations;
mod status;

mod categories;
mod event;
mod events;

mod notifications;
mod problem;
mod problems;
mod profile;

mod secret;
mod tokens;
mod user;
mod users;

use axum::Router;

use crate::app::Shared;

pub(crate) use trouble::as_pages;

/// All pages.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .merge(assets::routes())
        .merge(banners::routes())
        .merge(sign_in::routes())
        .merge(quotes::routes())
        .merge(quote::routes())
        .merge(form::routes())
        .merge(life::routes())
        .merge(email::routes())
        .merge(versions::routes())
        .merge(operations::routes())
        .merge(status::routes())
        .merge(events::routes())
        .merge(event::routes())
        .merge(categories::routes())
        .merge(notifications::routes())
        .merge(problem::routes())
        .merge(problems::routes())
        .merge(profile::routes())
        .merge(users::routes())
        .merge(user::routes())
        .merge(tokens::routes())
}
