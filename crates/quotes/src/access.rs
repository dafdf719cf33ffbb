//! Who may do what.
//!
//! One guard stands before all routes and decides by one table. Who somebody is, a session or a token
//! says, which are in the database and known here for a second at most.

mod principal;
mod scope;

mod table;

mod address;
mod guard;
mod identify;
mod known;
mod rate;
mod refusal;

mod accounts;
mod browser;
mod elsewhere;
mod sign_in;
mod throttle;
mod together;

mod password;
mod secret;
mod session;
mod token;
mod trail;
mod user;

use crate::{
    settings::{Pending, Settings},
    store::Store,
};

use self::{
    known::Known, password::Passwords, rate::Rate, session::Sessions, throttle::Throttle,
    trail::Trail,
};

pub(crate) use identify::{session, session_cookie};
pub(crate) use refusal::not_signed_in;
pub(crate) use table::{BANNERS, NEWS};

pub use accounts::{Change, NewToken, NewUser};
pub use elsewhere::OpenSession;
pub use guard::{from_our_pages, guard};
pub use password::{Hashing, objection};
pub use principal::{By, ClientAddress, Person, Principal, Role};
pub use scope::Scope;
pub use secret::Fingerprint;
pub use session::LIFE as SESSION_LIFE;
pub use sign_in::{Device, SignedIn};
pub use table::{Found, Programs, Rule, Runs, Who, all as routes, find as route, pages};
pub use token::{Token, Tokens, not_found as token_not_found};
pub use trail::Actor;
pub use user::{Standing, User, Users, is_email, not_found as user_not_found};

/// Accounts and what they are known by.
#[derive(Debug)]
pub struct Access {
    store: Store,
    /// All accounts.
    pub users: Users,
    /// All tokens.
    pub tokens: Tokens,
    sessions: Sessions,
    trail: Trail,
    passwords: Passwords,
    throttle: Throttle,
    rate: Rate,
    known: Known,
}

/// What the operator decided about access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How new passwords are stored.
    pub hashing: Hashing,
    /// How many requests of one source are taken in a second; 0 takes all.
    pub rate_per_second: u32,
}

impl Rules {
    /// Those of a server. While migrations may be missing, the application before this one may be
    /// running beside it, and has to be able to read passwords.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let hashing = match settings.pending {
            Pending::Refused => Hashing::Argon2id,
            Pending::Allowed => Hashing::Bcrypt,
        };
        Self { hashing, rate_per_second: settings.rate_per_second }
    }
}

impl Access {
    /// Over a database.
    #[must_use]
    pub fn new(store: &Store, rules: Rules) -> Self {
        Self {
            store: store.clone(),
            users: Users::of(store.clone()),
            tokens: Tokens::of(store.clone()),
            sessions: Sessions::of(store.clone()),
            trail: Trail::of(store.clone()),
            passwords: Passwords::new(rules.hashing),
            throttle: Throttle::new(),
            rate: Rate::per_second(rules.rate_per_second),
            known: Known::new(),
        }
    }
}
