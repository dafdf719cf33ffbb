//! A migration written down by a generator is read back as it was, order of keys included.

mod model;
mod written;

use causeway_core::migration::Migration;
use proptest::prelude::{prop_assert_eq, proptest};

proptest! {
    #[test]
    fn what_is_written_is_read(model in model::migration()) {
        let text = written::migration(&model);
        match Migration::parse("m.toml", &text) {
            Ok(read) => {
                prop_assert_eq!(read.version, model.version, "{}", text);
                prop_assert_eq!(read.title, model.title, "{}", text);
                prop_assert_eq!(read.requires, model.requires, "{}", text);
                prop_assert_eq!(read.steps, model.steps, "{}", text);
            }
            Err(error) => panic!("{}\n{text}", error.one_line()),
        }
    }
}
