//! What was recorded: audit logs, and the migrations that ran before 010.

use bson::{DateTime, RawBson, RawDocumentBuf, raw::cstr, rawdoc};

use crate::data::{
    chance::{Chance, Purpose},
    ids::{Kind, MILLIS_PER_DAY, USERS, object_id},
    options::Options,
};

const AUDIT_LOGS_MAX: u64 = 5_000;
/// 2026-11-01T00:00:00Z. Entries lie in the half year before, and would fall to the TTL index of
/// two years from May 2028 on.
const LATEST_LOG_MILLIS: i64 = 1_793_491_200_000;
/// 2020-01-01T00:00:00Z, long past the TTL.
const EXPIRED_LOG_MILLIS: i64 = 1_577_836_800_000;
/// 2024-01-15T09:00:00Z.
const FIRST_MIGRATION_MILLIS: i64 = 1_705_309_200_000;

pub(super) fn audit_logs(options: &Options) -> Vec<RawDocumentBuf> {
    let fresh = options.quotes_total().min(AUDIT_LOGS_MAX);
    (0..fresh + options.expired_auditlogs)
        .map(|n| {
            let mut chance = Chance::new(Purpose::AuditLog, options.seed, n);
            let age = i64::from(chance.between(0, 179)) * MILLIS_PER_DAY;
            let from = if n < fresh { LATEST_LOG_MILLIS } else { EXPIRED_LOG_MILLIS };
            rawdoc! {
                "_id": object_id(Kind::AuditLog, options.seed, n),
                "userId": object_id(Kind::User, options.seed, n % USERS),
                "action": chance.pick(&["quote.create", "quote.update", "quote.send", "quote.delete"]),
                "quoteId": object_id(Kind::Quote, options.seed, n),
                "ip": "203.0.113.7",
                "timestamp": DateTime::from_millis(from - age),
            }
        })
        .collect()
}

/// 001 and 002 left no record, 004 failed, and the version of 005 is a number.
pub(super) fn migrations(seed: u64) -> Vec<RawDocumentBuf> {
    let completed = |version: RawBson| (version, "completed", None);
    let records: [(RawBson, &str, Option<&str>); 7] = [
        completed("003".into()),
        ("004".into(), "failed", Some("E11000 duplicate key error collection: users")),
        completed(RawBson::Int32(5)),
        completed("006".into()),
        completed("007".into()),
        completed("008".into()),
        completed("009".into()),
    ];
    (0_i32..)
        .zip(records)
        .map(|(n, (version, status, error))| {
            let applied_at = FIRST_MIGRATION_MILLIS + i64::from(n) * 30 * MILLIS_PER_DAY;
            let mut record = rawdoc! {
                "_id": object_id(Kind::Migration, seed, u64::from(n.unsigned_abs())),
                "version": version,
                "description": format!("Migration {:03}", n + 3),
                "appliedAt": DateTime::from_millis(applied_at),
                "status": status,
            };
            if let Some(error) = error {
                record.append(cstr!("error"), error);
            }
            record
        })
        .collect()
}
