//! Whether a page is valid HTML: parsed by the rules of browsers without an error, every id once, every
//! reference with something that it refers to, and nothing where it may not stand.

use std::collections::HashSet;

use html5ever::{
    ParseOpts, parse_document, tendril::TendrilSink as _, tokenizer::TokenizerOpts,
    tree_builder::TreeBuilderOpts,
};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// What one may press or type in: none of these stands in another.
const INTERACTIVE: [&str; 7] = ["a", "button", "details", "input", "label", "select", "textarea"];
/// Attributes that refer to ids of the same page.
const REFERENCES: [&str; 5] = ["for", "aria-labelledby", "aria-describedby", "list", "form"];

/// What is wrong with a page, each thing in a line.
pub(crate) fn faults(html: &str) -> Vec<String> {
    let options = ParseOpts {
        tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
        tree_builder: TreeBuilderOpts { exact_errors: true, ..TreeBuilderOpts::default() },
    };
    let page = parse_document(RcDom::default(), options).one(html);
    let mut seen = Seen::default();
    seen.look(&page.document, &[]);
    let mut faults: Vec<String> = page.errors.borrow().iter().map(ToString::to_string).collect();
    faults.append(&mut seen.faults);
    for (attribute, id) in seen.references {
        if !seen.ids.contains(&id) {
            faults.push(format!("{attribute} refers to {id}, which is not there"));
        }
    }
    faults
}

#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    references: Vec<(String, String)>,
    faults: Vec<String>,
}

impl Seen {
    fn look(&mut self, node: &Handle, within: &[String]) {
        let mut inside = within.to_vec();
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let name = name.local.to_string();
            let attributes: Vec<(String, String)> = attrs
                .borrow()
                .iter()
                .map(|it| (it.name.local.to_string(), it.value.to_string()))
                .collect();
            self.judge(&name, &attributes, within);
            inside.push(name);
        }
        for child in node.children.borrow().iter() {
            self.look(child, &inside);
        }
    }

    fn judge(&mut self, name: &str, attributes: &[(String, String)], within: &[String]) {
        let value = |wanted: &str| {
            attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        if let Some(id) = value("id") {
            if id.is_empty() || id.contains(char::is_whitespace) {
                self.faults.push(format!("`{id}` is no id"));
            }
            if !self.ids.insert(id.to_owned()) {
                self.faults.push(format!("two elements have the id {id}"));
            }
        }
        for attribute in REFERENCES {
            for id in value(attribute).unwrap_or_default().split_whitespace() {
                self.references.push((format!("{name} {attribute}"), id.to_owned()));
            }
        }
        if let Some(id) = value("href").and_then(|it| it.strip_prefix('#')) {
            self.references.push((format!("{name} href"), id.to_owned()));
        }
        let parent = within.last().map(String::as_str);
        let is_interactive = INTERACTIVE.contains(&name) && value("type") != Some("hidden");
        let around = within.iter().find(|it| INTERACTIVE.contains(&it.as_str()));
        match around.map(String::as_str) {
            // A label holds its control, and what is folded away may hold anything.
            Some("details") | None => {}
            Some("label") if name != "label" && name != "a" => {}
            Some(around) if is_interactive => {
                self.faults.push(format!("{name} stands in {around}"));
            }
            Some(_) => {}
        }
        let may_stand = match name {
            "li" => matches!(parent, Some("ul" | "ol" | "menu")),
            "dt" | "dd" => matches!(parent, Some("dl" | "div")),
            "figcaption" => parent == Some("figure"),
            "summary" => parent == Some("details"),
            "legend" => parent == Some("fieldset"),
            _ => match parent {
                Some("ul" | "ol") => matches!(name, "script" | "template"),
                Some("dl") => matches!(name, "div" | "script" | "template"),
                _ => true,
            },
        };
        if !may_stand {
            self.faults.push(format!("{name} stands in {}", parent.unwrap_or("nothing")));
        }
        if name == "img" && value("alt").is_none() {
            self.faults.push("a picture has no words for whoever can't see it".to_owned());
        }
        if name == "a" && value("href").is_none_or(str::is_empty) {
            self.faults.push("a link leads nowhere".to_owned());
        }
    }
}

#[test]
fn faults_are_found() {
    let page = |body: &str| format!("<!doctype html><title>T</title><body>{body}</body>");
    assert_eq!(faults(&page("<p id=\"a\">x</p><a href=\"#a\">y</a>")), Vec::<String>::new());
    for wrong in [
        "<p><div></div></p>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<label for=\"b\">x</label>",
        "<ul><p>x</p></ul>",
        "<a href=\"/x\"><button>y</button></a>",
        "<p a=\"1\" a=\"2\">x</p>",
        "<b><i>x</b></i>",
        "<img src=\"/x\">",
    ] {
        assert!(!faults(&page(wrong)).is_empty(), "{wrong}");
    }
}
