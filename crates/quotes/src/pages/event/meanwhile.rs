//! What somebody else wrote while a form was filled in, beside what was typed.

use quotes_core::event::CatalogueEvent;

use super::typed;
use crate::pages::filled::Typed;

/// A field that both changed, or one of them.
pub(super) struct Meanwhile {
    pub(super) field: &'static str,
    pub(super) now: String,
    pub(super) typed: String,
}

/// Each field that says something else now than what was typed.
pub(super) fn seen(typed: &Typed, event: &CatalogueEvent) -> Vec<Meanwhile> {
    let now = Typed(typed::of(event));
    let differ = typed::LABELS.iter().filter(|(name, _)| {
        let (mut one, mut other) = (vec![], vec![]);
        one.extend(now.all(name).filter(|it| !it.trim().is_empty()));
        other.extend(typed.all(name).filter(|it| !it.trim().is_empty()));
        one.sort_unstable();
        other.sort_unstable();
        one != other
    });
    let words = |of: &Typed, name: &str| match name {
        // Ids tell nobody anything.
        "categories" => format!("{} chosen", of.all(name).count()),
        "isActive" => (if of.has(name, "true") { "yes" } else { "no" }).to_owned(),
        "availableInAllDestinations" if of.has(name, "true") => "everywhere".to_owned(),
        "availableInAllDestinations" => "in its destinations".to_owned(),
        name => of.all(name).collect::<Vec<_>>().join(", "),
    };
    let row = |(name, label): &(&str, &'static str)| Meanwhile {
        field: label,
        now: words(&now, name),
        typed: words(typed, name),
    };
    differ.map(row).collect()
}
