//! Tests of the application on a real server.

mod app;

mod openapi;
mod routes;
mod writing;
