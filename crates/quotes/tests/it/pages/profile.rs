//! What is one's own.

use anyhow::Result;
use reqwest::{
    Method, RequestBuilder,
    header::{COOKIE, USER_AGENT},
};

use super::{Shown, desk, open, sent, sign_in, users::make};
use crate::app::TestApp;

const EMAIL: &str = "grace@agency.example";

struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl Browser<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.stranger(method, path).header(COOKIE, &self.cookie)
    }

    async fn open(&self, path: &str) -> Result<Shown> {
        sent(self.request(Method::GET, path)).await
    }

    async fn send(&self, path: &str, form: &[(&str, &str)]) -> Result<Shown> {
        sent(self.request(Method::POST, path).form(form)).await
    }
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_present_one() -> Result<()> {
    let app = desk().await?;
    let (_id, old) = make(&app, EMAIL, "agent").await?;
    let here = Browser { app: &app, cookie: sign_in(&app, EMAIL, &old).await? };
    let there = Browser { app: &app, cookie: sign_in(&app, EMAIL, &old).await? };
    let new = "correct horse battery";
    for (present, wanted, error) in [
        ("wrong password", new, "This is not the present password."),
        (old.as_str(), "short", "id=\"newPassword-error\""),
    ] {
        let form = [("currentPassword", present), ("newPassword", wanted)];
        let refused = here.send("/profile/password", &form).await?;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains(error), "{}", refused.text);
        assert!(!refused.text.contains(&format!("value=\"{present}\"")), "a password is sent back");
    }
    let form = [("currentPassword", old.as_str()), ("newPassword", new)];
    let changed = here.send("/profile/password", &form).await?;
    assert_eq!((changed.status, changed.to()), (303, "/profile?done=password"));
    assert_eq!(here.open("/profile").await?.status, 200);
    assert_eq!(there.open("/profile").await?.to(), "/sign-in?next=%2Fprofile");
    sign_in(&app, EMAIL, new).await?;
    Ok(())
}

#[tokio::test]
async fn sessions_are_listed_and_the_others_ended() -> Result<()> {
    let app = desk().await?;
    let (_id, password) = make(&app, EMAIL, "agent").await?;
    let here = Browser { app: &app, cookie: sign_in(&app, EMAIL, &password).await? };
    let alone = here.open("/profile").await?;
    assert!(alone.text.contains("<td>127.0.0.1</td>") && alone.text.contains("now, this one"));
    assert!(!alone.text.contains("Sign out everywhere else"));
    let form = [("email", EMAIL), ("password", password.as_str())];
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let signing = app.stranger(Method::POST, "/sign-in").form(&form).header(USER_AGENT, firefox);
    assert_eq!(sent(signing).await?.status, 303);
    assert!(here.open("/profile").await?.text.contains("<td>Firefox on Linux</td>"));
    let there = Browser { app: &app, cookie: sign_in(&app, EMAIL, &password).await? };
    assert!(here.open("/profile").await?.text.contains("Sign out everywhere else"));
    let ended = here.send("/profile/sessions/end-others", &[("of", "")]).await?;
    assert_eq!((ended.status, ended.to()), (303, "/profile?done=others"));
    assert_eq!(there.open("/profile").await?.to(), "/sign-in?next=%2Fprofile");
    assert_eq!(here.open("/profile").await?.text.matches("<td>127.0.0.1</td>").count(), 1);
    // Somebody else's goes on.
    assert_eq!(open(&app, "/profile").await?.status, 200);
    Ok(())
}
