//! What a delivery is called by its receiver: the same at every attempt, so that a repetition can be
//! told from another notice.

use sha2::{Digest, Sha256};

use super::{Notice, moment::Channel};

/// 128 bits, in hexadecimal, of the notice, the database and the recipient.
pub(super) fn of(notice: &Notice, database: &str, channel: Channel, recipient: &str) -> String {
    let created_at = notice.created_at.timestamp_millis().to_string();
    let parts = [database, &notice.id, &created_at, channel.word(), recipient];
    // A zero byte between them: no two lists of parts make the same text.
    let digest = Sha256::digest(parts.join("\0"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// `<…@example.com>`, in the domain of the sender.
pub(super) fn message_id(
    notice: &Notice,
    database: &str,
    (recipient, domain): (&str, &str),
) -> String {
    format!("<{}@{domain}>", of(notice, database, Channel::Email, recipient))
}
