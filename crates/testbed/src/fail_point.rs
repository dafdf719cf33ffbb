//! Fail points: the server's own means to fail on purpose.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use mongodb::Client;

/// A fail point to be switched on, built step by step.
///
/// ```no_run
/// # async fn example(client: &mongodb::Client) -> anyhow::Result<()> {
/// use testbed::FailPoint;
///
/// let lost_reply = FailPoint::fail_command(["update"]).times(1).close_connection();
/// let lost_reply = lost_reply.app_name("the tool under test").on(client).await?;
/// // …
/// assert_eq!(lost_reply.off().await?, 1);
/// # Ok(())
/// # }
/// ```
///
/// There is one of each name per server. On the shared server tests that run at the same time
/// need [`FailPoint::app_name`] *and* must not use the same name at once: those that use
/// `failCommand` start a server of their own unless each test has its own process.
#[derive(Debug, Clone)]
#[must_use]
pub struct FailPoint {
    name: String,
    mode: bson::Bson,
    data: Document,
}

impl FailPoint {
    /// `failCommand` for the commands named, always on until told otherwise.
    pub fn fail_command<'a>(commands: impl IntoIterator<Item = &'a str>) -> Self {
        let commands: Vec<&str> = commands.into_iter().collect();
        Self::named("failCommand").data(doc! { "failCommands": commands })
    }

    /// Any fail point, always on until told otherwise.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), mode: "alwaysOn".into(), data: Document::new() }
    }

    /// Adds to its `data`.
    pub fn data(mut self, data: Document) -> Self {
        self.data.extend(data);
        self
    }

    /// Fires `count` times, then never again.
    pub fn times(mut self, count: i32) -> Self {
        self.mode = doc! { "times": count }.into();
        self
    }

    /// Lets `count` matching commands through, then fires always.
    pub fn skip(mut self, count: i32) -> Self {
        self.mode = doc! { "skip": count }.into();
        self
    }

    /// The command is refused with this code, unexecuted.
    pub fn error_code(self, code: i32) -> Self {
        self.data(doc! { "errorCode": code })
    }

    /// The command is executed, and its reply carries this write concern error.
    pub fn write_concern_error(self, code: i32, message: &str) -> Self {
        self.data(doc! { "writeConcernError": { "code": code, "errmsg": message } })
    }

    /// The connection is closed instead of an answer; the command is not executed.
    pub fn close_connection(self) -> Self {
        self.data(doc! { "closeConnection": true })
    }

    /// The command waits for so many milliseconds before it is executed.
    pub fn block_millis(self, millis: i32) -> Self {
        self.data(doc! { "blockConnection": true, "blockTimeMS": millis })
    }

    /// The labels of the error.
    pub fn error_labels<'a>(self, labels: impl IntoIterator<Item = &'a str>) -> Self {
        let labels: Vec<&str> = labels.into_iter().collect();
        self.data(doc! { "errorLabels": labels })
    }

    /// Only clients that connected with this `appName` are hit.
    pub fn app_name(self, name: &str) -> Self {
        self.data(doc! { "appName": name })
    }

    /// Switches it on at the server that `client` reaches: the primary, or the one member that it
    /// is directly connected to.
    ///
    /// # Errors
    ///
    /// When the server refuses, for example because it was started without test commands.
    pub async fn on(self, client: &Client) -> Result<ActiveFailPoint> {
        let command =
            doc! { "configureFailPoint": &self.name, "mode": self.mode, "data": self.data };
        client
            .database("admin")
            .run_command(command)
            .await
            .with_context(|| format!("switch the fail point {} on", self.name))?;
        Ok(ActiveFailPoint { client: client.clone(), name: self.name })
    }
}

/// A fail point that is on. Dropping it leaves it on: switching off needs the server.
#[derive(Debug)]
#[must_use = "a fail point stays on until `off` is called"]
pub struct ActiveFailPoint {
    client: Client,
    name: String,
}

impl ActiveFailPoint {
    /// Switches it off and returns how many times it fired.
    ///
    /// # Errors
    ///
    /// When the server can't be reached.
    pub async fn off(self) -> Result<i64> {
        let command = doc! { "configureFailPoint": &self.name, "mode": "off" };
        let reply = self
            .client
            .database("admin")
            .run_command(command)
            .await
            .with_context(|| format!("switch the fail point {} off", self.name))?;
        let count = reply.get("count").and_then(|count| match count {
            bson::Bson::Int32(count) => Some(i64::from(*count)),
            bson::Bson::Int64(count) => Some(*count),
            _ => None,
        });
        count.context("read how often the fail point fired")
    }
}
