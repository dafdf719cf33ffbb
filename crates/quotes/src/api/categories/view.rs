//! A category as it is answered.

use bson::{RawBsonRef, RawDocumentBuf, oid::ObjectId};
use serde::Serialize;
use utoipa::ToSchema;

/// A category.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Category {
    /// Its id.
    #[serde(rename = "_id")]
    id: Option<String>,
    pub(crate) name: String,
    /// Stable, for addresses: `water-sports`.
    pub(crate) slug: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) color: Option<String>,
    /// It belongs to the system and can't be removed.
    #[serde(rename = "isSystem")]
    pub(crate) is_system: bool,
    #[serde(rename = "isActive")]
    pub(crate) is_active: bool,
    #[serde(rename = "displayOrder")]
    pub(crate) display_order: i64,
    /// Which state of it this is: for `If-Match`.
    pub(crate) revision: String,
}

/// A category, and what it is used for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryInUse {
    #[serde(flatten)]
    pub(super) category: Category,
    /// How many events are in it, active or not.
    pub(super) events: u32,
}

impl Category {
    /// Reads any document; what can't be read is null or as if it were missing.
    pub(crate) fn of(raw: &RawDocumentBuf) -> Self {
        let text = |name| raw.get_str(name).ok().map(str::to_owned);
        Self {
            id: raw.get_object_id("_id").ok().map(ObjectId::to_hex),
            name: text("name").unwrap_or_default(),
            slug: text("slug"),
            icon: text("icon"),
            color: text("color"),
            is_system: raw.get_bool("isSystem").unwrap_or_default(),
            is_active: raw.get_bool("isActive").unwrap_or(true),
            display_order: order(raw),
            revision: quotes_core::quote::revision(raw),
        }
    }

    /// Its id, if it is one that events can refer to.
    pub(crate) fn object_id(&self) -> Option<ObjectId> {
        self.id.as_deref().and_then(|id| ObjectId::parse_str(id).ok())
    }

    /// Whether a filter means it, by id or by slug.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        self.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted))
            || self.slug.as_deref() == Some(wanted)
    }

    /// Whether people can choose it.
    pub(crate) fn is_active(&self) -> bool {
        self.is_active
    }
}

/// Numbers were written as `int` or `double`.
fn order(raw: &RawDocumentBuf) -> i64 {
    match raw.get("displayOrder") {
        Ok(Some(RawBsonRef::Int32(order))) => order.into(),
        Ok(Some(RawBsonRef::Int64(order))) => order,
        #[expect(clippy::cast_possible_truncation, reason = "an order; a cast saturates")]
        Ok(Some(RawBsonRef::Double(order))) => order as i64,
        _ => 0,
    }
}
