//! How pages look to somebody in this browser: colours, time zone, how dates are written.
//!
//! A cookie keeps it, not the account: it is about a device as much as about a person, it is no secret,
//! and no page needs the database for it. What it says is only taken when it is on the lists here.

use axum::http::{HeaderMap, header::COOKIE};

const COOKIE_NAME: &str = "quotes-look";
/// A year; saving again begins it anew.
const SECONDS: u32 = 365 * 24 * 3_600;

/// Light or dark; as the device where nothing is chosen.
pub(super) const THEMES: [&str; 2] = ["light", "dark"];
/// How dates can be written, each with an example.
pub(super) const LOCALES: [(&str, &str); 6] = [
    ("en-GB", "18 Jun 2027, 14:05"),
    ("en-US", "Jun 18, 2027, 2:05 PM"),
    ("sv", "18 juni 2027 14:05"),
    ("de", "18.06.2027, 14:05"),
    ("cs", "18. 6. 2027 14:05"),
    ("pl", "18 cze 2027, 14:05"),
];
/// Where people who write quotes are, and where their customers go.
pub(super) const ZONES: [&str; 34] = [
    "UTC",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Belgrade",
    "Europe/Berlin",
    "Europe/Bratislava",
    "Europe/Brussels",
    "Europe/Bucharest",
    "Europe/Budapest",
    "Europe/Copenhagen",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Madrid",
    "Europe/Malta",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Riga",
    "Europe/Rome",
    "Europe/Sofia",
    "Europe/Stockholm",
    "Europe/Tallinn",
    "Europe/Vienna",
    "Europe/Vilnius",
    "Europe/Warsaw",
    "Europe/Zagreb",
    "Europe/Zurich",
    "Atlantic/Canary",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Dubai",
];

/// What somebody chose; nothing where the device decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) theme: Option<&'static str>,
    pub(super) zone: Option<&'static str>,
    pub(super) locale: Option<&'static str>,
}

impl Look {
    /// Of words that may be anything.
    pub(super) fn of(theme: &str, zone: &str, locale: &str) -> Self {
        let known = |of: &'static [&str], word: &str| of.iter().find(|it| **it == word).copied();
        let locales = LOCALES.iter().find(|(it, _)| *it == locale);
        Self {
            theme: known(&THEMES, theme),
            zone: known(&ZONES, zone),
            locale: locales.map(|(it, _)| *it),
        }
    }

    /// As the cookie says.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let value = cookies
            .flat_map(|it| it.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
        let mut words = value.unwrap_or_default().split(':');
        let mut next = || words.next().unwrap_or_default();
        Self::of(next(), next(), next())
    }

    /// The header that sets the cookie.
    pub(super) fn cookie(self) -> String {
        let word = Option::unwrap_or_default;
        let (theme, zone, locale) = (word(self.theme), word(self.zone), word(self.locale));
        format!(
            "{COOKIE_NAME}={theme}:{zone}:{locale}; Path=/; Max-Age={SECONDS}; HttpOnly; Secure; \
             SameSite=Lax"
        )
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

    use super::{Look, ZONES};

    fn read(cookie: &str) -> Look {
        let value = HeaderValue::from_str(cookie).unwrap();
        Look::read(&HeaderMap::from_iter([(COOKIE, value)]))
    }

    #[test]
    fn a_cookie_is_read_as_it_was_written() {
        for look in [
            Look::default(),
            Look::of("dark", "Europe/Prague", "cs"),
            Look::of("light", "", "en-GB"),
        ] {
            let cookie = look.cookie();
            let pair = cookie.split(';').next().unwrap_or_default();
            assert_eq!(read(&format!("a=b; {pair}; __Host-quotes=x")), look);
        }
    }

    #[test]
    fn what_is_on_no_list_is_nothing() {
        assert_eq!(read("quotes-look=blue:Europe/Nowhere:\"><script>"), Look::default());
        assert_eq!(read("quotes-looks=dark::"), Look::default());
        assert_eq!(read("quotes-look=dark").theme, Some("dark"));
    }

    #[test]
    fn each_zone_is_one() {
        for zone in ZONES {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
    }
}
