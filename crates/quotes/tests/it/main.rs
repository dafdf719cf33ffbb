//! Tests of the application on a real server.

mod app;
mod program;
mod seed;
mod valid;

mod access;
mod browser;
mod catalogue;
mod listing;
mod mailing;
mod maintaining;
mod needing;
mod observing;
mod openapi;
mod outages;
mod pages;
mod reading;
mod reporting;
mod routes;
mod schemathesis;
mod serving;
mod starting;
mod stopping;
mod trying_out;
mod under_way;
mod writing;
