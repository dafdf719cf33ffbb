//! What somebody sends to create or change a category.

use quotes_core::fold::fold;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answer::Warning,
    failure::Failure,
    store::catalogue::Edit,
    take::{Form, Refused},
};

/// A new category.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `taken` takes")]
pub(super) struct NewCategory {
    /// Not the name of another, case and accents aside.
    #[schema(
        min_length = 2,
        max_length = 50,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Water sports"
    )]
    name: String,
    /// An emoji, or the name of an icon.
    #[schema(max_length = 50, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "🚤")]
    icon: Option<String>,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#3B82F6")]
    color: Option<String>,
    /// Whether it is shown to people who choose.
    #[schema(rename = "isActive", default = true, nullable = false)]
    is_active: Option<bool>,
    /// The lowest comes first.
    #[schema(rename = "displayOrder", default = 0, minimum = -1_000_000, maximum = 1_000_000, nullable = false)]
    display_order: Option<i32>,
}

/// Fields to be changed; what is left out stays, and null takes an optional one away.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `taken` takes")]
pub(super) struct CategoryChange {
    #[schema(
        min_length = 2,
        max_length = 50,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        nullable = false
    )]
    name: Option<String>,
    #[schema(max_length = 50, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    icon: Option<String>,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    #[schema(rename = "isActive", nullable = false)]
    is_active: Option<bool>,
    #[schema(rename = "displayOrder", minimum = -1_000_000, maximum = 1_000_000, nullable = false)]
    display_order: Option<i32>,
    /// The revision that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    revision: Option<String>,
}

/// The category, its slug, and what was ignored.
pub(crate) fn creation(
    fields: &Map<String, Value>,
) -> Result<(Edit, String, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.require(&["name"]);
    let edit = taken(&mut form);
    let name = edit.get("name").and_then(bson::Bson::as_str).unwrap_or_default();
    let slug = slug(name);
    if slug.is_empty() && !name.is_empty() {
        form.refuse("name", "no_letters", "name has a letter or a digit");
    }
    Ok((edit, slug, form.finish()?))
}

/// The change, the revision that was seen, and what was ignored.
pub(crate) fn edit(
    fields: &Map<String, Value>,
) -> Result<(Edit, Option<String>, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    let edit = taken(&mut form);
    form.refuse_null(&["revision"]);
    let seen = form.line("revision", 1..=64).value();
    Ok((edit, seen, form.finish()?))
}

fn taken(form: &mut Form<'_>) -> Edit {
    form.refuse_null(&["name", "isActive", "displayOrder"]);
    let mut edit = Edit::default();
    edit.put("name", form.line("name", 2..=50));
    edit.put("icon", form.line("icon", 0..=50));
    edit.put("color", form.take("color", color));
    edit.put("isActive", form.flag("isActive"));
    edit.put("displayOrder", form.whole("displayOrder", -1_000_000..=1_000_000));
    edit
}

fn color(value: &Value) -> Result<String, Refused> {
    let digits = value.as_str().and_then(|text| text.strip_prefix('#'));
    let right = |it: &&str| it.len() == 6 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    let not = || ("not_a_color", "color is written as #3B82F6".to_owned());
    digits.filter(right).map(|digits| format!("#{digits}")).ok_or_else(not)
}

/// "Food & drink" becomes "food-drink".
fn slug(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_words_with_hyphens() {
        assert_eq!(slug("Food & drink"), "food-drink");
        assert_eq!(slug("  Café, Łódź! "), "cafe-lodz");
        assert_eq!(slug("&!?"), "");
    }
}
