//! The public API as a whole: which traits its types have (`tests/auto_traits/`), what must not
//! compile (the doctests here), and the README of the workspace, whose code runs as a doctest.

/// The README at the root of the workspace.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct RootReadme;

#[cfg(doctest)]
mod negative;
