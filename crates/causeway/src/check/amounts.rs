//! Numbers with units, the way people say them.

/// Units of a thousand each, as disks are sold.
const UNITS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];

/// `1.4 GB`, `61 GB`, `0 bytes`.
pub(super) fn bytes(bytes: u64) -> String {
    let amount = bytes as f64;
    for (size, unit) in UNITS {
        if amount >= size {
            let number = amount / size;
            let decimals = usize::from(number < 10.0);
            return format!("{number:.decimals$} {unit}");
        }
    }
    format!("{bytes} bytes")
}

/// `1 document`, `3 documents`.
pub(super) fn documents(number: u64) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} document{plural}", crate::clock::thousands(number))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_two_digits_at_least() {
        let said: Vec<String> =
            [0, 999, 1_400_000, 61_000_000_000, 3_903_946_752].map(bytes).into();
        assert_eq!(said, ["0 bytes", "999 bytes", "1.4 MB", "61 GB", "3.9 GB"]);
    }
}
