//! The program as people start it: exit code, standard output and standard error together.

mod hidden;
mod kept;
mod pages;
mod refused;
mod served;
mod shell;
mod typed;
