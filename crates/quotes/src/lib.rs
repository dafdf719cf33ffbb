//! The agency's application: quotes with events, over a MongoDB database as years have left it.
//!
//! From top to bottom: what the operator says, what the server is made of, who may do what, what is
//! stored, what is answered.

pub mod command;
pub mod settings;

pub mod app;
pub mod observe;
pub mod server;

mod local;

pub mod access;
pub mod maintenance;
pub mod needs;

pub mod mailing;
pub mod operations;
pub mod store;

mod turns;
mod view;
pub mod writing;

pub mod answer;
pub mod api;
pub mod failure;
pub mod take;

mod pages;
