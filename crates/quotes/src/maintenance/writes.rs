//! Which requests write what: the one table of what maintenance keeps out.

use axum::http::Method;

/// Method, path, and the collection that is written. A segment in braces stands for any.
const WRITES: &[(Method, &str, &str)] = &[
    (Method::POST, "/api/admin/quotes", "quotes"),
    (Method::PUT, "/api/admin/quotes/{id}", "quotes"),
    (Method::DELETE, "/api/admin/quotes/{id}", "quotes"),
    (Method::POST, "/api/admin/quotes/{id}/restore", "quotes"),
    (Method::PUT, "/api/admin/quotes/{id}/status", "quotes"),
    (Method::POST, "/api/admin/quotes/{id}/events", "quotes"),
    (Method::PUT, "/api/admin/quotes/{id}/events/{event}", "quotes"),
    (Method::DELETE, "/api/admin/quotes/{id}/events/{event}", "quotes"),
    (Method::POST, "/api/admin/quotes/{id}/versions", "quotes"),
    (Method::POST, "/api/admin/quotes/{id}/send-email", "quotes"),
    (Method::POST, "/api/admin/quotes/{id}/emails/{mail}/retry", "quotes"),
    (Method::POST, "/api/admin/events", "events"),
    (Method::PUT, "/api/admin/events/{id}", "events"),
    (Method::DELETE, "/api/admin/events/{id}", "events"),
    (Method::POST, "/api/admin/events/categories", "categories"),
    (Method::PUT, "/api/admin/events/categories/{id}", "categories"),
    (Method::DELETE, "/api/admin/events/categories/{id}", "categories"),
];

/// The collection that a request of this route writes, as the router knows the route.
#[must_use]
pub fn written(method: &Method, route: &str) -> Option<&'static str> {
    if method.is_safe() {
        return None;
    }
    let found = WRITES.iter().find(|(verb, path, _)| verb == method && is_same(path, route));
    found.map(|(.., collection)| *collection)
}

fn is_same(path: &str, route: &str) -> bool {
    let (mut path, mut route) = (path.split('/'), route.split('/'));
    loop {
        match (path.next(), route.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) if one.starts_with('{') && other.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::written;

    #[test]
    fn a_route_is_known_whatever_it_calls_what_is_in_it() {
        assert_eq!(written(&Method::PUT, "/api/admin/quotes/{quote}"), Some("quotes"));
        assert_eq!(written(&Method::GET, "/api/admin/quotes/{id}"), None);
        assert_eq!(written(&Method::POST, "/api/admin/quotes/calculate-events-price"), None);
        assert_eq!(written(&Method::PUT, "/api/admin/events/categories/{id}"), Some("categories"));
        assert_eq!(written(&Method::PUT, "/api/admin/events/{id}"), Some("events"));
    }
}
