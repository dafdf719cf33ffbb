//! `quotes` under load: against the same routes by Express and Mongoose, and against itself before 010.

mod agreement;
mod express;
mod floor;
mod load;
mod rows;
mod work;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};

use super::{
    round::Order,
    stage::{DATABASE, Stage},
};
use crate::{ground, say, served::Served, workspace};
use load::{Loaded, Stood};
use work::{Requests, Work};

pub(super) use load::CONNECTIONS;
pub(super) use rows::all as rows;

/// Everything is asked for so long.
pub(super) const SECONDS: u64 = 8;
/// New quotes for so long: the server writes a checkpoint every 60 seconds, and each meets one.
pub(super) const LONG_SECONDS: u64 = 64;
/// So long before, unmeasured: Node.js compiles what it runs often, and caches fill.
const WARM_SECONDS: u64 = 3;
/// An administrator of the generated users.
const USER: &str = "user0@agency.example";

/// What one round measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    express: Asked,
    quotes: Asked,
    /// New quotes by the driver alone.
    floor: Stood,
    before: Deployed,
    after: Deployed,
    /// The most that `quotes` ever held.
    memory_bytes: u64,
}

/// What both applications are asked.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    read: Stood,
    calculate: Stood,
    create: Stood,
}

/// What `quotes` is asked before and after 010.
#[derive(Debug, Clone, Copy, Default)]
struct Deployed {
    read_without_events: Stood,
    read_with_events: Stood,
    create_without_events: Stood,
    create_with_events: Stood,
}

/// Measures all rounds. The database is left with everything applied.
pub(super) async fn measure(stage: &Stage, rounds: u64) -> Result<Vec<Figures>> {
    stage.give_default_cache().await?;
    let bench = Bench::prepare(stage).await?;
    let mut figures = Vec::new();
    say::talk("quotes before and after 010");
    {
        let server = stage.quotes.serve(&["--allow-pending"], &bench.log("quotes")).await?;
        bench.warm(&bench.ours(&server)).await?;
        for number in 0..rounds {
            let (before, after) = bench.around_010(&server, Order::of(number)).await?;
            let memory_bytes = server.peak_bytes()?;
            figures.push(Figures { before, after, memory_bytes, ..Figures::default() });
        }
    }
    for version in ["010", "011", "012", "013"] {
        stage.causeway.events(&format!("up {version} --yes {DATABASE}"))?.expect(0)?;
    }
    bench.against_express(&mut figures).await?;
    Ok(figures)
}

struct Bench<'a> {
    stage: &'a Stage,
    token: String,
    express: PathBuf,
    /// Id of the user whose quotes Express makes.
    user: String,
    work: Work,
    /// What the load generator reads, and what the servers say.
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    async fn prepare(stage: &'a Stage) -> Result<Self> {
        ground::prepare_load()?;
        let express = express::install()?;
        let token = stage.quotes.token(USER)?;
        let folder = workspace::root().join(".causeway/bench/load");
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        let users = stage.database.collection::<Document>("users");
        let user = users.find_one(doc! { "contactEmail": USER }).await.context("find a user")?;
        let user = user.context("there is no user")?.get_object_id("_id")?.to_hex();
        let work = Work::choose(&stage.database).await?;
        Ok(Self { stage, token, express, user, work, folder })
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    fn ours<'s>(&'s self, server: &'s Served) -> Loaded<'s> {
        Loaded { name: "quotes", server, token: Some(&self.token) }
    }

    async fn warm(&self, server: &Loaded<'_>) -> Result<()> {
        let Work { read, calculate, create_with_events, .. } = &self.work;
        for requests in [read, calculate, create_with_events] {
            self.load(server, requests, WARM_SECONDS).await?;
        }
        Ok(())
    }

    /// The same, and returns quotes that were made meanwhile.
    async fn warm_and_keep_new(&self, server: &Loaded<'_>) -> Result<Vec<Document>> {
        self.warm(server).await?;
        let begun = bson::DateTime::now();
        server.measure(&self.work.create_with_events.all, WARM_SECONDS, &self.folder)?;
        let made = floor::newest(&self.stage.database).await;
        self.remove_new(begun).await?;
        made
    }

    async fn floor(&self, made: &[Document]) -> Result<Stood> {
        let begun = bson::DateTime::now();
        self.stage.settle().await?;
        let place = (self.stage.uri.as_str(), &self.stage.database);
        let stood = floor::measure(place, made, LONG_SECONDS).await?;
        say::talk(&format!("  the driver alone, quotes with events made: {stood}"));
        self.remove_new(begun).await?;
        Ok(stood)
    }

    /// The same database with 010 and without.
    async fn around_010(&self, server: &Served, order: Order) -> Result<(Deployed, Deployed)> {
        let causeway = &self.stage.causeway;
        let up = || causeway.events(&format!("up 010 --yes {DATABASE}"))?.expect(0);
        let mut before = Deployed::default();
        if order == Order::PlainFirst {
            before = self.deployed(server).await?;
        }
        up()?;
        let after = self.deployed(server).await?;
        causeway.events(&format!("down 010 --yes {DATABASE}"))?.expect(0)?;
        self.stage.forget().await?;
        if order == Order::OursFirst {
            before = self.deployed(server).await?;
        }
        Ok((before, after))
    }

    async fn deployed(&self, server: &Served) -> Result<Deployed> {
        let (server, work) = (self.ours(server), &self.work);
        Ok(Deployed {
            read_without_events: self.load(&server, &work.read_without_events, SECONDS).await?,
            read_with_events: self.load(&server, &work.read_with_events, SECONDS).await?,
            create_without_events: self.load(&server, &work.create_without_events, SECONDS).await?,
            create_with_events: self.load(&server, &work.create_with_events, SECONDS).await?,
        })
    }

    /// Every migration is there, as the application wants it.
    async fn against_express(&self, figures: &mut [Figures]) -> Result<()> {
        let ours = self.stage.quotes.serve(&[], &self.log("quotes")).await?;
        let uri = &self.stage.uri;
        let plain = express::serve(&self.express, uri, (&self.user, &self.log("express"))).await?;
        let (quotes, express) =
            (self.ours(&ours), Loaded { name: "Express", server: &plain, token: None });
        agreement::see(&self.work, &quotes, &express).await?;
        self.warm(&express).await?;
        let made = self.warm_and_keep_new(&quotes).await?;
        for (number, it) in (0..).zip(figures) {
            say::talk(&format!("quotes against Express, round {}", number + 1));
            let servers = match Order::of(number) {
                Order::PlainFirst => [(&express, &mut it.express), (&quotes, &mut it.quotes)],
                Order::OursFirst => [(&quotes, &mut it.quotes), (&express, &mut it.express)],
            };
            self.round(servers).await?;
            it.floor = self.floor(&made).await?;
            it.memory_bytes = it.memory_bytes.max(ours.peak_bytes()?);
        }
        Ok(())
    }

    /// Each kind of request goes to both before the next, so that both meet the same machine.
    async fn round(&self, servers: [(&Loaded<'_>, &mut Asked); 2]) -> Result<()> {
        let work = &self.work;
        let [(first, first_asked), (second, second_asked)] = servers;
        first_asked.read = self.load(first, &work.read, SECONDS).await?;
        second_asked.read = self.load(second, &work.read, SECONDS).await?;
        first_asked.calculate = self.load(first, &work.calculate, SECONDS).await?;
        second_asked.calculate = self.load(second, &work.calculate, SECONDS).await?;
        first_asked.create = self.load(first, &work.create_with_events, LONG_SECONDS).await?;
        second_asked.create = self.load(second, &work.create_with_events, LONG_SECONDS).await?;
        Ok(())
    }

    /// Nobody pays for the work of the one before, and the collection stays as large as it is.
    async fn load(&self, to: &Loaded<'_>, requests: &Requests, seconds: u64) -> Result<Stood> {
        let begun = bson::DateTime::now();
        self.stage.settle().await?;
        let stood = to.measure(&requests.all, seconds, &self.folder)?;
        say::talk(&format!("  {}, {}: {stood}", to.name, requests.what));
        self.remove_new(begun).await?;
        Ok(stood)
    }

    /// Removes what was made since, from the enquiries' lists as well: they grow without end otherwise.
    async fn remove_new(&self, since: bson::DateTime) -> Result<()> {
        let removing = "remove what was made";
        let (database, first) = (&self.stage.database, first_id_of(since)?);
        for name in ["quotes", "auditlogs"] {
            let made = database.collection::<Document>(name);
            made.delete_many(doc! { "_id": { "$gte": first } }).await.context(removing)?;
        }
        let old = doc! { "$filter": { "input": "$quotes", "cond": { "$lt": ["$$this", first] } } };
        let lists = [
            doc! { "$set": { "quotes": old } },
            doc! { "$set": { "quotesCount": { "$size": "$quotes" } } },
        ];
        let enquiries = database.collection::<Document>("enquiries");
        let changed = enquiries.update_many(doc! { "quotes": { "$gte": first } }, lists.to_vec());
        changed.await.context(removing).map(drop)
    }
}

/// What is made from then on has ids from this one on: they begin with the second.
fn first_id_of(moment: bson::DateTime) -> Result<ObjectId> {
    let seconds = u32::try_from(moment.timestamp_millis() / 1_000).context("count seconds")?;
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    Ok(ObjectId::from_bytes(bytes))
}
