//! The status page: files and the document.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use bson::doc;
use serde_json::Value;

use super::stage::{Stage, read_page};

/// Parses XML strictly, and gives back the titles of the items and the first one's description.
fn read_feed(xml: &str) -> Value {
    let script = "\
import json, sys, xml.etree.ElementTree as tree
rss = tree.fromstring(sys.stdin.read())
assert rss.tag == 'rss' and rss.attrib['version'] == '2.0'
channel = rss.find('channel')
assert all(channel.find(name).text for name in ('title', 'link', 'description'))
print(json.dumps([[item.find(name).text for name in ('title', 'description', 'pubDate', 'guid')]
    for item in channel.findall('item')]))";
    let mut child = std::process::Command::new("python3")
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), xml.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{xml}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_is_true_in_all_its_forms() {
    let stage = Stage::new().await;
    stage.configure("[status_page]\nfolder = \"public\"\nurl = \"https://status.example.com/\"\n");
    stage.announce(0);
    let folder = stage.scene.path().join("public");
    // The plan does not put the announcement there.
    assert!(!folder.exists());
    let hostile = "</p><script>alert(1)</script> & ]]>\n- <b>one</b>\n- two";
    stage.expect(0, &["send", "during", "--text", hostile]);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let html = read("index.html");
    let page = read_page(&html);
    let words = page["words"].as_str().unwrap();
    assert!(words.contains("Maintenance is in progress and should end by 02:30 GMT"), "{words}");
    assert!(words.contains("</p><script>alert(1)</script> & ]]> <b>one</b> two"), "{words}");
    assert!(!page["tags"].as_array().unwrap().iter().any(|tag| tag == "script" || tag == "b"));
    // Nothing from elsewhere: whoever serves the folder serves all of it.
    assert!(!html.contains("://") && !html.contains("src="), "{html}");
    let status: Value = serde_json::from_str(&read("status.json")).unwrap();
    assert_eq!(status["state"], "in_progress");
    assert_eq!(status["notices"][0]["text"], hostile);
    assert_eq!(status["notices"][0]["start"], "2099-11-26T02:00:00+00:00");
    let feed = read_feed(&read("feed.xml"));
    assert_eq!(feed[0][0], "System Maintenance in Progress");
    assert_eq!(feed[0][1], hostile);
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(["index.html", "status.json", "feed.xml"].contains(&&*name), "{name}");
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    }
    let state = stage.scene.collection("causeway_state");
    let document = state.find_one(doc! { "_id": "status_page" }).await.unwrap().unwrap();
    let mut stored = bson::Bson::from(document).into_relaxed_extjson();
    stored.as_object_mut().unwrap().remove("_id");
    stored["written_at"] = status["written_at"].clone();
    assert_eq!(stored, status);
    // The end goes there as well, although its channels do not name the page.
    stage.expect(0, &["send", "after"]);
    let words = read_page(&read("index.html"))["words"].as_str().unwrap().to_owned();
    assert!(words.contains("The maintenance is complete."), "{words}");
    assert!(words.contains("Before that System Maintenance in Progress"), "{words}");
    assert_eq!(read_feed(&read("feed.xml")).as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_not_be_written_fails_and_is_written_later() {
    let stage = Stage::new().await;
    stage.scene.file("public", "a file stands here");
    stage.configure("[status_page]\nfolder = \"public\"\n");
    let ran = stage.expect(1, &["send", "during"]);
    ran.assert_says("make the folder public");
    fs::remove_file(stage.scene.path().join("public")).unwrap();
    stage.expect(0, &["send", "during"]);
    assert!(stage.scene.path().join("public/index.html").exists());
    assert_eq!(stage.stored().await.len(), 1);
}
