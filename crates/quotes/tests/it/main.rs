//! Tests of the application on a real server.

mod app;
mod seed;

mod needing;
mod openapi;
mod routes;
mod writing;
