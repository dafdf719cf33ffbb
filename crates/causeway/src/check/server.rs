//! What server it is: the target as such, its version, its topology, and whether a majority of its
//! members can acknowledge a write.

use bson::Document;
use causeway_core::answer::Answer;

use super::findings::Findings;
use super::seen::Seen;
use crate::inventory::{number, whole};
use crate::target::Target;

/// The oldest version that has `$bsonSize`, and index builds that don't lock.
const VERSION_MIN: [u32; 2] = [4, 4];
/// The version that the tests run on.
const VERSION_TESTED: [u32; 2] = [6, 0];
/// States of a member that can acknowledge a write: primary and secondary.
const ACKNOWLEDGING: [u64; 2] = [1, 2];

pub(super) fn target(target: &Target) -> Answer {
    let mut findings = Findings::new("target", "which database is it?");
    findings.ok(format!(
        "{} on {} ({}, MongoDB {}), from {}",
        target.name(),
        target.shown.host,
        target.server.topology(),
        target.server.version_text(),
        target.shown.source
    ));
    findings.answer()
}

pub(super) fn version(target: &Target) -> Answer {
    let mut findings = Findings::new("server version", "is the server's version known to work?");
    let text = format!("MongoDB {}", target.server.version_text());
    let [major, minor, _] = target.server.version;
    if [major, minor] < VERSION_MIN {
        findings.refuse(
            format!(
                "{text}: the size of documents can't be measured there, nor transactions relied on"
            ),
            "upgrade the server to 4.4 or later, better to 6.0",
        );
    } else if [major, minor] == VERSION_TESTED {
        findings.ok(text);
    } else {
        findings.warn(
            format!("{text}: tested is 6.0"),
            "rehearse on this very version before: causeway rehearse VERSION",
        );
    }
    findings.answer()
}

pub(super) fn topology(target: &Target) -> Answer {
    let mut findings = Findings::new("topology", "can it do transactions?");
    if target.server.sharded {
        findings.warn(
            "a sharded cluster, which is untested",
            "rehearse on a copy of the cluster before: causeway rehearse VERSION",
        );
    } else if target.server.replica_set.is_none() {
        findings.refuse(
            "a standalone server: transactions, and majority acknowledgement, need a replica set",
            "make it a replica set of one member: set replication.replSetName: rs0 in mongod.conf (or \
             start mongod with --replSet rs0), restart it, then: mongosh --eval 'rs.initiate()'; and \
             put replicaSet=rs0 into the URI",
        );
    } else {
        findings.ok(target.server.topology());
    }
    findings.answer()
}

pub(super) fn majority(target: &Target, seen: &Seen) -> Answer {
    let mut findings =
        Findings::new("majority", "can a majority of the members acknowledge writes?");
    let (replica, config) = match (&seen.replica, &seen.config) {
        _ if target.server.replica_set.is_none() => {
            findings.ok("no replica set: the question does not arise");
            return findings.answer();
        }
        (causeway_core::inventory::Known::Known(replica), config) => (replica, config.get()),
        (causeway_core::inventory::Known::Unknown { why }, _) => {
            findings.unknown(why);
            return findings.answer();
        }
    };
    let up = acknowledging(replica, config);
    let needed = number(replica, "writeMajorityCount").map_or(up.all.len() / 2 + 1, |_| {
        usize::try_from(whole(replica, "writeMajorityCount")).unwrap_or(usize::MAX)
    });
    let evidence = format!("{} of {} voting members up, {needed} needed", up.up, up.all.len());
    if up.up < needed {
        findings.refuse(
            format!("{evidence}; not up: {}", up.down.join(", ")),
            "start the members that are down; rs.status() says how they are",
        );
    } else if !up.down.is_empty() {
        findings.warn(
            format!("{evidence}; not up: {}", up.down.join(", ")),
            "start the members that are down, or one more failure stops the run",
        );
    } else {
        findings.ok(evidence);
    }
    findings.answer()
}

struct Up {
    all: Vec<String>,
    down: Vec<String>,
    up: usize,
}

/// The members that vote and bear data, and which of them can acknowledge.
fn acknowledging(replica: &Document, config: Option<&Document>) -> Up {
    let mut up = Up { all: Vec::new(), down: Vec::new(), up: 0 };
    for member in documents(replica, "members") {
        let name = member.get_str("name").unwrap_or("?");
        if !votes(name, config) || whole(member, "state") == 7 {
            continue;
        }
        up.all.push(name.to_owned());
        let healthy = number(member, "health").unwrap_or(0.0) > 0.0;
        if healthy && ACKNOWLEDGING.contains(&whole(member, "state")) {
            up.up += 1;
        } else {
            up.down.push(format!("{name} ({})", member.get_str("stateStr").unwrap_or("?")));
        }
    }
    up
}

fn votes(name: &str, config: Option<&Document>) -> bool {
    config
        .into_iter()
        .flat_map(|config| documents(config, "members"))
        .find(|member| member.get_str("host").is_ok_and(|host| host == name))
        .is_none_or(|member| number(member, "votes").unwrap_or(1.0) > 0.0)
}

/// The documents of an array.
pub(super) fn documents<'a>(
    document: &'a Document,
    key: &str,
) -> impl Iterator<Item = &'a Document> {
    document.get_array(key).into_iter().flatten().filter_map(bson::Bson::as_document)
}
