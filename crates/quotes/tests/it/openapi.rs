//! The OpenAPI document says what is served, whole and in one form.

use anyhow::{Context as _, Result};
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
    for (path, method, operation) in operations(&document)? {
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
