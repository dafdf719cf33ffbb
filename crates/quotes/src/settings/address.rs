//! The database's address: parsed by the driver, and shown without its secrets.

use anyhow::{Result, anyhow, bail, ensure};
use mongodb::options::{ClientOptions, ServerAddress};

use super::{ConnectionArguments, Variables};

const LOOKS_LIKE: &str = "it looks like mongodb://user:password@host:27017/database?replicaSet=rs0; in user and password \
     write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %";

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Address {
    /// For the driver. Holds the password.
    pub options: ClientOptions,
    /// The database's name.
    pub database: String,
    /// Hosts and ports, as they may be shown.
    pub hosts: String,
}

impl Address {
    /// Of the variable `MONGODB_URI`.
    ///
    /// # Errors
    ///
    /// When there is none, or it can't be used. Nothing of user and password is in the message.
    pub async fn of(arguments: &ConnectionArguments, variables: &Variables) -> Result<Self> {
        let Some(uri) = variables.get("MONGODB_URI") else {
            bail!(
                "no database is named: MONGODB_URI is not set in {}; \
                 set it, or give --env-file FILE; nothing is guessed",
                variables.source()
            );
        };
        Self::parse(uri, arguments.database.as_deref()).await
    }

    /// Of a connection string; `database` comes before the one that it names.
    ///
    /// # Errors
    ///
    /// As [`Address::of`].
    pub async fn parse(uri: &str, database: Option<&str>) -> Result<Self> {
        ensure!(
            uri.starts_with("mongodb://") || uri.starts_with("mongodb+srv://"),
            "MONGODB_URI is not the address of a MongoDB server; {LOOKS_LIKE}"
        );
        #[expect(clippy::disallowed_methods, reason = "this is the place that redacts its errors")]
        let options = ClientOptions::parse(uri).await.map_err(|error| unusable(uri, &error))?;
        let database = database.map(str::to_owned).or_else(|| options.default_database.clone());
        let Some(database) = database else {
            bail!("MONGODB_URI names no database: put it into the URI, or give --database NAME");
        };
        ensure!(
            !database.is_empty() && !database.contains(|c: char| "/\\. \"$*<>:|?\0".contains(c)),
            "`{database}` can not be the name of a database"
        );
        ensure!(
            !["admin", "local", "config"].contains(&database.as_str()),
            "`{database}` belongs to the server itself: name the application's database"
        );
        let hosts: Vec<String> = options.hosts.iter().map(ServerAddress::to_string).collect();
        Ok(Self { options, database, hosts: hosts.join(",") })
    }
}

/// The driver quotes parts of the URI, and takes a part of a password that is not encoded for a host:
/// without an `@` there is nothing to hide.
fn unusable(uri: &str, error: &mongodb::error::Error) -> anyhow::Error {
    if uri.contains('@') {
        return anyhow!("MONGODB_URI can not be used as it is; {LOOKS_LIKE}");
    }
    anyhow!("MONGODB_URI can not be used: {error}; {LOOKS_LIKE}")
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[tokio::test]
    async fn what_can_not_be_used_shows_no_part_of_a_password() {
        for uri in [
            "mongodb://ann:s3/cr3t@db1/shop",
            "mongodb://ann:s3@cr3t@db1/shop",
            "mongodb://ann:s3%cr3t@db1/shop",
            "mongodb://ann:s3cr3t@db1/shop?nonsense=cr3t&w=-1",
            "postgres://ann:s3cr3t@db1/shop",
            "mongodb://ann:s3cr3t@db1",
            "mongodb://ann:s3cr3t@db1/admin",
        ] {
            let error = format!("{:#}", Address::parse(uri, None).await.unwrap_err());
            assert!(!error.contains("cr3t") && !error.contains("ann"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_database_is_the_one_that_is_given_or_the_one_of_the_uri() {
        let uri = "mongodb://ann:s3cr3t@db1,db2:1/shop?replicaSet=rs0&authSource=admin";
        let named = Address::parse(uri, None).await.unwrap();
        assert_eq!((named.database.as_str(), named.hosts.as_str()), ("shop", "db1:27017,db2:1"));
        assert_eq!(Address::parse(uri, Some("other")).await.unwrap().database, "other");
    }
}
