//! What stood behind the run: its rehearsal, and its backup with a proof.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use causeway::backup::proof::Proof;
use causeway::rehearse::rehearsal::{Forecast, Rehearsal, Stage};
use causeway_core::backup::manifest::{Collection, Compression, Kind};
use causeway_core::backup::{Manifest, Moment, Tally};

use super::past::{Past, TWO, at_text};

pub(super) fn rehearsal(sha256: &str, database: &str, documents: u64) -> Rehearsal {
    let stages = [("up", 27.1), ("verify", 4.4), ("down", 12.0), ("verify", 4.1), ("up", 28.9)];
    Rehearsal {
        version: "010".to_owned(),
        migration_sha256: sha256.to_owned(),
        database: database.to_owned(),
        backup: "backups/2026-11-22-0131".to_owned(),
        rehearsed_at: "2026-11-22T01:32:38Z".to_owned(),
        rehearsed_on: "a private mongod of db-admin".to_owned(),
        documents,
        stages: stages.map(|(name, seconds)| Stage { name: name.to_owned(), seconds }).into(),
        forecast: Forecast {
            seconds: 28.0,
            seconds_min: 23.8,
            seconds_max: 40.2,
            real_server_slower: 1.2,
            documents,
            oplog_bytes: Some(21_000_000),
            disk_bytes: Some(3_000_000),
            lag_seconds: None,
        },
        warnings: Vec::new(),
    }
}

pub(super) fn backup(folder: &Path, past: &Past) {
    let tally = Tally { documents: past.quotes, bytes: past.quotes * 917, digest: 7 };
    let quotes = Collection {
        kind: Kind::Collection,
        uuid: None,
        own: false,
        metadata: "shop/quotes.metadata.json".to_owned(),
        data: Some("shop/quotes.bson".to_owned()),
        tally,
    };
    let manifest = Manifest {
        checksum: String::new(),
        format: 1,
        tool: "causeway 0.1.0".to_owned(),
        database: past.scene.database.name().to_owned(),
        source: "127.0.0.1:27017".to_owned(),
        server_version: "6.0.5".to_owned(),
        started_at: at_text(-1_730.0),
        finished_at: at_text(-1_720.2),
        operator: "ann".to_owned(),
        host: "db-admin".to_owned(),
        moment: Moment { seconds: u32::try_from(TWO / 1_000 - 1_720).unwrap(), increment: 1 },
        compression: Compression::None,
        collections: BTreeMap::from([("quotes".to_owned(), quotes)]),
        files: BTreeMap::new(),
        digests: None,
        restore: "mongorestore …".to_owned(),
    };
    fs::create_dir_all(folder).unwrap();
    let sealed = manifest.sealed();
    fs::write(folder.join("causeway-manifest.json"), &sealed).unwrap();
    let proof = Proof {
        manifest: Manifest::read(&sealed).unwrap().checksum,
        passed: true,
        proved_at: at_text(-1_694.5),
        seconds: 21.5,
        restored_on: "a private mongod of db-admin".to_owned(),
        server_version: "6.0.5".to_owned(),
        documents: past.quotes,
        bytes: past.quotes * 917,
        collections: 24,
        operator: "ann".to_owned(),
        host: "db-admin".to_owned(),
        problems: Vec::new(),
    };
    proof.write(folder).unwrap();
}
