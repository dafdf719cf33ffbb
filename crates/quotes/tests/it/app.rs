//! The application on a free port, over a database of one test.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use bson::{DateTime, doc, oid::ObjectId};
use causeway_core::maintenance::Maintenance;
use mongodb::options::ClientOptions;
use quotes::{
    access::{Access, By, Fingerprint, Person, Principal, Role, Rules, Scope},
    app::App,
    maintenance::{self, Follower, NoticeReads},
    needs::{self, Standing},
    observe, server,
    settings::{LogFormat, ServeArguments, Settings, Variables},
    store::Store,
    writing::Creations,
};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{AUTHORIZATION, COOKIE, HeaderMap},
};
use serde_json::Value;
use testbed::{TestDatabase, data};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::seed;

/// A served application. It ends with the test.
pub(crate) struct TestApp {
    pub(crate) database: TestDatabase,
    pub(crate) maintenance: watch::Sender<Maintenance>,
    served: Served,
}

/// A server on a port of its own. It ends with this.
pub(crate) struct Served {
    url: String,
    client: Client,
    shows: HeaderMap,
    serving: JoinHandle<()>,
}

/// An answer, read.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl TestApp {
    /// Over an empty database, asked by an administrator.
    pub(crate) async fn start() -> Result<Self> {
        Self::asked_by(person(Role::Admin)).await
    }

    /// Over an empty database, asked by somebody.
    pub(crate) async fn asked_by(principal: Principal) -> Result<Self> {
        Self::over(TestDatabase::new().await?, principal, settings()?).await
    }

    /// Over generated data to which all migrations were applied, asked by somebody.
    pub(crate) async fn seeded(options: &data::Options, principal: Principal) -> Result<Self> {
        let database = TestDatabase::new().await?;
        data::load(&database.database(), options).await?;
        seed::migrate(&database).await?;
        Self::over(database, principal, settings()?).await
    }

    /// Over a database as it is, which nobody watches: maintenance is what the test says.
    pub(crate) async fn over(
        database: TestDatabase,
        principal: Principal,
        settings: Settings,
    ) -> Result<Self> {
        let (maintenance, followed) = watch::channel(Maintenance::default());
        let store = store(&database).await?;
        let served = serve(store, Follower::of(followed), (principal, settings)).await?;
        Ok(Self { database, maintenance, served })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        self.served.url()
    }

    /// A request for a path, to be sent by [`answered`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.served.request(method, path)
    }

    /// A request of somebody who shows nothing, to be sent by [`answered`].
    pub(crate) fn stranger(&self, method: Method, path: &str) -> RequestBuilder {
        self.served.stranger(method, path)
    }

    /// Asks for a path, with a JSON body where there is one.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answered> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answered(request).await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Result<Answered> {
        self.ask(Method::GET, path, None).await
    }
}

impl Served {
    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A request for a path, to be sent by [`answered`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stranger(method, path).headers(self.shows.clone())
    }

    /// A header that its requests show.
    pub(crate) fn shown(&self, header: &str) -> Option<&str> {
        self.shows.get(header)?.to_str().ok()
    }

    /// A request of somebody who shows nothing.
    pub(crate) fn stranger(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Result<Answered> {
        answered(self.request(Method::GET, path)).await
    }
}

impl Answered {
    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"]["code"].as_str().unwrap_or_default())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Sends a request, and reads the answer.
pub(crate) async fn answered(request: RequestBuilder) -> Result<Answered> {
    let response = request.send().await.context("send the request")?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.context("read the answer")?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answered { status, headers, body })
}

/// Serves what a store holds, with maintenance followed in it as the program does.
pub(crate) async fn following(store: Store, principal: Principal) -> Result<Served> {
    let mut follower = maintenance::follow(&store);
    follower.known().await;
    serve(store, follower, (principal, settings()?)).await
}

async fn serve(
    store: Store,
    maintenance: Follower,
    (principal, settings): (Principal, Settings),
) -> Result<Served> {
    observe::start_counting()?;
    let needs = Standing::lacking(needs::look(&store).await.map_err(seed::failed)?);
    let access = Access::new(&store, Rules::of(&settings));
    let shows = credentials(&store, &principal).await?;
    let router = server::router(Arc::new(App {
        store,
        settings,
        access,
        maintenance,
        notice_reads: NoticeReads::default(),
        needs,
        tally: Arc::default(),
        creations: Creations::default(),
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let url = format!("http://{}", listener.local_addr().context("ask for the port")?);
    let never = std::future::pending::<()>;
    let serving = tokio::spawn(server::serve_connections(listener, router, never(), never()));
    Ok(Served { url, client: Client::new(), shows, serving })
}

/// Somebody of this role.
pub(crate) fn person(role: Role) -> Principal {
    Principal::Person(Person {
        id: ObjectId::new(),
        name: "Ada Example".to_owned(),
        email: "ada@agency.example".to_owned(),
        role,
        by: By::Token(Scope::ALL.to_vec()),
        passes_maintenance: false,
    })
}

/// The same, in a browser.
pub(crate) fn signed_in(role: Role) -> Principal {
    let Principal::Person(somebody) = person(role) else { unreachable!("it is somebody") };
    Principal::Person(Person { by: By::Session(Fingerprint::of("set later")), ..somebody })
}

/// What somebody shows: a token, made here with their account; a run its id.
async fn credentials(store: &Store, principal: &Principal) -> Result<HeaderMap> {
    let mut shows = HeaderMap::new();
    let person = match principal {
        Principal::Person(person) => person,
        Principal::Run(run) => {
            shows.insert("x-causeway-run", run.parse()?);
            shows.insert("x-maintenance-token", MAINTENANCE_TOKEN.parse()?);
            return Ok(shows);
        }
    };
    let account = doc! {
        "name": &person.name,
        "contactEmail": &person.email,
        "role": person.role.word(),
        "isApproved": true,
        "registrationStatus": "approved",
    };
    let (users, insert) = (store.collection("users"), doc! { "$setOnInsert": account });
    users.update_one(doc! { "_id": person.id }, insert).upsert(true).await?;
    let secret = format!("qt_{}", ObjectId::new());
    let By::Token(scopes) = &person.by else {
        let now = DateTime::now();
        let session = doc! {
            "_id": Fingerprint::of(&secret).stored(),
            "userId": person.id,
            "createdAt": now,
            "lastSeenAt": now,
            "expiresAt": DateTime::from_millis(now.timestamp_millis() + 3_600_000),
        };
        store.collection("sessions").insert_one(session).await?;
        shows.insert(COOKIE, format!("__Host-quotes={secret}").parse()?);
        return Ok(shows);
    };
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
    let token = doc! {
        "hash": Fingerprint::of(&secret).stored(),
        "name": "of a test",
        "userId": person.id,
        "scopes": scopes,
        "createdAt": DateTime::now(),
    };
    store.collection("api_tokens").insert_one(token).await?;
    shows.insert(AUTHORIZATION, format!("Bearer {secret}").parse()?);
    if person.passes_maintenance {
        shows.insert("x-maintenance-token", MAINTENANCE_TOKEN.parse()?);
    }
    Ok(shows)
}

/// The application's store over a test's database.
pub(crate) async fn store(database: &TestDatabase) -> Result<Store> {
    #[expect(clippy::disallowed_methods, reason = "a test's own server has no password")]
    let options = ClientOptions::parse(database.uri()).await.context("read the URI")?;
    Store::new(options, database.name())
}

/// What is built in, but that requests are taken at any rate.
pub(crate) fn settings() -> Result<Settings> {
    let arguments = ServeArguments {
        listen: None,
        allow_pending: false,
        local: false,
        behind_proxy: false,
        log_format: LogFormat::Text,
    };
    let variables: Variables =
        [("QUOTES_RATE_PER_SECOND", "0"), ("QUOTES_MAINTENANCE_TOKEN", MAINTENANCE_TOKEN)]
            .into_iter()
            .collect();
    Settings::of(&arguments, &variables)
}

/// What passes maintenance mode in tests.
pub(crate) const MAINTENANCE_TOKEN: &str = "a token of the tests";
