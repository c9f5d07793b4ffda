//! What is to be said of a link, once everything is known.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::crawl::{Crawled, Destination, Link, MAX_REDIRECTS, State, TargetId};
use crate::failure::Problem;

/// What is to be said of a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It leads somewhere.
    Fine,
    /// It does not.
    Broken(Problem),
    /// It leads to another site; nobody was asked.
    External,
    /// It leads to where `robots.txt` does not want us; nobody was asked.
    Disallowed,
    /// The crawl ended before.
    Unchecked,
}

impl Crawled {
    /// What is to be said of `link`.
    #[must_use]
    pub fn verdict(&self, link: &Link) -> Verdict {
        match &link.to {
            Destination::Target { id, fragment } => self.resolve(*id, fragment.as_deref()),
            Destination::Invalid { reason, .. } => Verdict::Broken(Problem::BadUrl(reason.clone())),
        }
    }

    /// Follows the redirects from `id`, at most [`MAX_REDIRECTS`], and looks for the fragment at
    /// their end.
    #[must_use]
    pub fn resolve(&self, id: TargetId, fragment: Option<&str>) -> Verdict {
        let mut id = id;
        let mut fragment = fragment;
        let mut passed = vec![id];
        loop {
            match &self.targets[id].state {
                State::Unchecked => return Verdict::Unchecked,
                State::External => return Verdict::External,
                State::Disallowed => return Verdict::Disallowed,
                State::Broken(problem) => return Verdict::Broken(problem.clone()),
                State::Fine { anchors } => {
                    let is_missing = match (anchors, fragment) {
                        (Some(anchors), Some(fragment)) => {
                            !points_to_top(fragment)
                                && !anchors.contains(fragment)
                                && !anchors.contains(&*decode(fragment))
                        }
                        _ => false,
                    };
                    return if is_missing {
                        Verdict::Broken(Problem::MissingAnchor)
                    } else {
                        Verdict::Fine
                    };
                }
                State::Redirect {
                    to,
                    fragment: names,
                } => {
                    if passed.contains(to) {
                        return Verdict::Broken(Problem::RedirectLoop);
                    }
                    if passed.len() > usize::from(MAX_REDIRECTS) {
                        return Verdict::Broken(Problem::TooManyRedirects);
                    }
                    passed.push(*to);
                    fragment = names.as_deref().or(fragment);
                    id = *to;
                }
            }
        }
    }
}

/// Fragments that need no anchor: none, the top of the page, or a text to be searched for.
fn points_to_top(fragment: &str) -> bool {
    fragment.is_empty() || fragment.eq_ignore_ascii_case("top") || fragment.starts_with(":~:")
}

fn decode(fragment: &str) -> Cow<'_, str> {
    percent_decode_str(fragment).decode_utf8_lossy()
}
