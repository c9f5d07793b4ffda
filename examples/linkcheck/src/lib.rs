//! A link checker that is polite: it never goes over the limits it was told.
//!
//! The library holds the parts, so that they can be tested; `main.rs` puts them together.

#![forbid(unsafe_code)]

pub mod cli;
pub mod crawl;
pub mod duration;
pub mod failure;
pub mod fetch;
pub mod html;
pub mod net;
pub mod politeness;
pub mod progress;
pub mod report;
pub mod robots;
pub mod rules;
pub mod runtime;
pub mod seen;
pub mod site;
pub mod stop;
pub mod store;
pub mod verdict;
