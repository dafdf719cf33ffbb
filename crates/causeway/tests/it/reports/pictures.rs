//! Pages that people look at while they change the template; nothing is asserted.

use std::fs;
use std::path::Path;

use super::past::Past;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes pages to look at into the target folder: cargo test -p causeway --test it reports::pictures -- --ignored"]
async fn pages_to_look_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    let well = Past::well(100_000).await;
    let back = Past::rolled_back(1_000).await;
    for (name, past) in [("well", well), ("rolled-back", back)] {
        let to = folder.join(name);
        fs::create_dir_all(&to).unwrap();
        past.report(&["--to", to.to_str().unwrap()]);
    }
}
