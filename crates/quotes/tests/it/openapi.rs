//! The OpenAPI document says what is served, whole and in one form.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use assert_cmd::Command;
use serde_json::Value;

use crate::app::TestApp;

#[tokio::test]
async fn the_document_is_served_and_is_openapi_3_1() -> Result<()> {
    let answered = TestApp::start().await?.get("/api/openapi.json").await?;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.body["openapi"], "3.1.0");
    assert_eq!(answered.body, serde_json::to_value(quotes::api::document())?);
    Ok(())
}

#[test]
fn every_answer_of_the_api_is_an_envelope() -> Result<()> {
    let document = serde_json::to_value(quotes::api::document())?;
    let mut seen = 0;
    for (path, method, operation) in operations(&document)? {
        if !path.starts_with("/api/") || path == "/api/openapi.json" {
            continue;
        }
        let responses = operation["responses"].as_object().context("no responses")?;
        for (status, response) in responses {
            let response = resolved(&document, response)?;
            let Some(content) = response["content"].get("application/json") else { continue };
            let schema = resolved(&document, &content["schema"])?;
            let known = schema["properties"].get("success").is_some();
            assert!(known, "{method} {path} answers {status} without an envelope: {schema}");
            seen += 1;
        }
    }
    assert!(seen > 0);
    Ok(())
}

#[test]
fn every_operation_says_how_it_fails_and_what_it_is_for() -> Result<()> {
    let document = serde_json::to_value(quotes::api::document())?;
    let mut names = HashSet::new();
    for (path, method, operation) in operations(&document)? {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(names.insert(name.to_owned()), "{method} {path} is called {name} as another is");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} has no summary");
        assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
        if path.starts_with("/api/") {
            for status in ["429", "500", "503"] {
                let said = operation["responses"].get(status).is_some();
                assert!(said, "{method} {path} does not say {status}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn people_read_every_route_and_every_kind_on_one_page_without_script() -> Result<()> {
    let app = TestApp::start().await?;
    let page = app.get("/api/docs").await?;
    let kind = page.headers["content-type"].to_str()?;
    assert_eq!((page.status, kind), (200, "text/html; charset=utf-8"));
    let page = page.body.as_str().context("no page")?;
    assert!(!page.contains("<script") && !page.contains("style="));
    let document = serde_json::to_value(quotes::api::document())?;
    for (path, method, operation) in operations(&document)? {
        let id = operation["operationId"].as_str().context("no operationId")?;
        assert!(page.contains(&format!("<h3 id=\"{id}\">")), "{method} {path} is not on the page");
    }
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
    }
    let style = app.get("/api/docs/style.css").await?;
    assert_eq!(
        (style.status, style.headers["content-type"].to_str()?),
        (200, "text/css; charset=utf-8")
    );
    assert!(style.body.as_str().is_some_and(|css| css.contains("prefers-color-scheme: dark")));
    Ok(())
}

#[test]
fn each_code_that_a_route_names_is_explained_in_the_guide() -> Result<()> {
    let guide = include_str!("../../../../docs/api.md");
    let document = serde_json::to_value(quotes::api::document())?;
    let mut seen = 0;
    for (path, method, operation) in operations(&document)? {
        for response in operation["responses"].as_object().into_iter().flat_map(|it| it.values()) {
            let said = resolved(&document, response)?["description"].as_str().unwrap_or_default();
            let codes = said.split('`').skip(1).step_by(2).filter(|it| is_code(it));
            for code in codes {
                assert!(guide.contains(&format!("`{code}`")), "{method} {path}: {code}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100);
    Ok(())
}

fn is_code(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

#[test]
fn the_program_prints_the_document_without_a_database() -> Result<()> {
    let output = Command::cargo_bin("quotes")?.arg("openapi").env_clear().output()?;
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(printed, serde_json::to_value(quotes::api::document())?);
    Ok(())
}

/// Path, method and operation of each route.
fn operations(document: &Value) -> Result<Vec<(&str, &str, &Value)>> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().context("no paths")? {
        for (method, operation) in item.as_object().context("no operations")? {
            found.push((path.as_str(), method.as_str(), operation));
        }
    }
    Ok(found)
}

/// What a reference refers to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> Result<&'a Value> {
    let Some(reference) = value["$ref"].as_str() else { return Ok(value) };
    document.pointer(reference.trim_start_matches('#')).with_context(|| format!("no {reference}"))
}
