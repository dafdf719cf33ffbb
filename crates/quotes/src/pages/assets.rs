//! The style sheet and the script, which are part of the program. Their addresses change with what is in
//! them, so browsers keep them for good.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    Router,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

use crate::app::Shared;

/// In this order: later rules win.
const STYLE: &str = concat!(
    include_str!("../../assets/style/tokens.css"),
    include_str!("../../assets/style/base.css"),
    include_str!("../../assets/style/layout.css"),
    include_str!("../../assets/style/parts.css"),
    include_str!("../../assets/style/form.css"),
    include_str!("../../assets/style/print.css"),
);
/// One module: what comes first is used by what comes after.
const SCRIPT: &str = concat!(
    include_str!("../../assets/script/parts.js"),
    include_str!("../../assets/script/form.js"),
    include_str!("../../assets/script/drafts.js"),
    include_str!("../../assets/script/start.js"),
);
/// Pattern of the address of either.
pub(crate) const PATTERN: &str = "/assets/{name}";
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the style sheet is.
pub(super) fn style() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| address(STYLE, "css"));
    &ADDRESS
}

/// Where the script is.
pub(super) fn script() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| address(SCRIPT, "js"));
    &ADDRESS
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATTERN, get(asset))
}

/// One of an earlier program is gone: its pages are reloaded anyway.
async fn asset(axum::extract::Path(name): axum::extract::Path<String>) -> Response {
    let asked = format!("/assets/{name}");
    let (kind, text) = match asked.as_str() {
        it if it == style() => ("text/css; charset=utf-8", STYLE),
        it if it == script() => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, FOR_GOOD)], text)
        .into_response()
}

fn address(text: &str, ending: &str) -> String {
    let mut name = String::from("/assets/");
    for byte in Sha256::digest(text).iter().take(8) {
        // Writing to a text does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    format!("{name}.{ending}")
}
