//! What the server says of itself, read once for all questions.

use bson::{Document, doc};
use causeway_core::inventory::Known;

use crate::failure::Result;
use crate::permitted::{Need, aggregate, look};
use crate::target::Target;

/// Replies of the server about itself.
pub(crate) struct Seen {
    /// `hello`.
    pub(crate) hello: Document,
    /// `serverStatus`.
    pub(crate) status: Known<Document>,
    /// `replSetGetStatus`.
    pub(crate) replica: Known<Document>,
    /// `replSetGetConfig`.
    pub(crate) config: Known<Document>,
    /// `$currentOp`: operations and connections of all users.
    pub(crate) operations: Known<Vec<Document>>,
    /// `connectionStatus` with privileges.
    pub(crate) user: Known<Document>,
}

impl Seen {
    pub(crate) async fn look(target: &Target) -> Result<Self> {
        let admin = target.admin();
        let anybody = Need::read("hello");
        let hello = look(&admin, doc! { "hello": 1 }, anybody).await?;
        let config =
            look(&admin, doc! { "replSetGetConfig": 1 }, Need::cluster_monitor("replSetGetConfig"))
                .await?;
        let everybody =
            doc! { "$currentOp": { "allUsers": true, "idleConnections": true, "localOps": true } };
        Ok(Self {
            hello: hello.get().cloned().unwrap_or_default(),
            status: look(&admin, doc! { "serverStatus": 1 }, Need::cluster_monitor("serverStatus"))
                .await?,
            replica: look(
                &admin,
                doc! { "replSetGetStatus": 1 },
                Need::cluster_monitor("replSetGetStatus"),
            )
            .await?,
            config: match config {
                Known::Known(mut reply) => match reply.remove("config") {
                    Some(bson::Bson::Document(config)) => Known::Known(config),
                    _ => Known::unknown("replSetGetConfig holds no configuration"),
                },
                unknown @ Known::Unknown { .. } => unknown,
            },
            operations: aggregate(&admin, 1, vec![everybody], Need::cluster_monitor("inprog"))
                .await?,
            user: look(&admin, doc! { "connectionStatus": 1, "showPrivileges": true }, anybody)
                .await?,
        })
    }
}
