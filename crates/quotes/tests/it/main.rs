//! Tests of the application on a real server.

mod app;
mod seed;

mod catalogue;
mod maintaining;
mod needing;
mod openapi;
mod routes;
mod serving;
mod writing;
