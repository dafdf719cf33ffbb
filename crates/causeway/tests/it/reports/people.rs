//! Who was told of the run, and what was approved.

use bson::{Document, doc};

use super::past::{RUN, at};

pub(super) fn notices() -> Vec<Document> {
    let people = [
        "ann", "bea", "carl", "dora", "emil", "fay", "gus", "hal", "ina", "jan", "kim", "leo",
        "mia", "ned",
    ];
    let notice = |seq: i64, moment: &str, subject: &str, when: f64, failing: Option<&str>| {
        let mail = moment != "during";
        let mut deliveries: Vec<Document> = people
            .iter()
            .filter(|_| mail)
            .map(|name| {
                let fails = failing == Some(name);
                let mut it = doc! { "channel": "email", "recipient": format!("{name}@example.com"),
                "state": if fails { "failed" } else { "sent" }, "attempts": 1_i64, "at": at(when + 1.0) };
                if fails {
                    it.insert("answer", "550 5.1.1 no such mailbox");
                }
                it
            })
            .collect();
        deliveries.push(doc! { "channel": "in_app", "recipient": "banner", "state": "sent", "attempts": 1_i64, "at": at(when) });
        if !mail {
            deliveries.push(doc! { "channel": "status_page", "recipient": "public", "state": "sent", "attempts": 1_i64, "at": at(when) });
        }
        doc! { "_id": format!("2026-11-22-0200/{seq}-{moment}"), "maintenance": "2026-11-22-0200", "seq": seq,
        "moment": moment, "subject": subject, "text": "…", "created_at": at(when),
        "window": { "start": at(0.0), "minutes": 30_i64, "minutes_least": 15_i64, "zone": "Europe/London" },
        "channels": if mail { vec!["email", "in_app"] } else { vec!["status_page", "in_app"] },
        "by": { "operator": "ann", "host": "db-admin" }, "run": RUN, "deliveries": deliveries }
    };
    vec![
        notice(1, "before", "Scheduled Maintenance Notice", -88_200.0, None),
        notice(2, "during", "System Maintenance in Progress", 1.0, None),
        notice(3, "after", "Maintenance Complete", 154.0, Some("carl")),
    ]
}

pub(super) fn approvals() -> Vec<Document> {
    let asked = |when: f64, what: &str, approval: &str| {
        doc! { "at": at(when), "operator": "ann", "host": "db-admin", "command": "causeway run 010",
        "approval": approval, "what": what, "run": RUN }
    };
    vec![
        asked(-88_205.0, "the whole plan of 010, with maintenance and fence", "typed"),
        asked(16.5, "the field selectedEvents in 99,959 quotes, one index, one validator", "--yes"),
    ]
}
