//! `causeway run`: the whole plan, with real mail, real jobs and a real application, and everything that
//! can go wrong on its way.

mod asking;
mod beginning;
mod beside;
mod example;
mod failing;
mod killed;
pub(crate) mod play;
mod screens;
mod stopping;
mod through;
mod together;
mod watched;
