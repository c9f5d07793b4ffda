//! What a crawl has to say, as rows.

use std::collections::HashSet;
use std::mem;

use super::{Row, Writer};
use crate::crawl::{Crawled, Destination, Link, State, TargetId};
use crate::report::{Report, link_url};
use crate::verdict::Verdict;

impl Crawled {
    /// What has become of a target so far.
    pub(crate) fn target_row(&self, id: TargetId) -> Row {
        let target = &self.targets[id];
        let detail = match &target.state {
            State::Broken(problem) => Some(problem.to_string()),
            State::Redirect { to, .. } => Some(self.targets[*to].url.to_string()),
            _ => None,
        };
        Row::Target {
            id,
            url: target.url.to_string(),
            state: target.state.word(),
            detail,
            is_page: target.is_followed(),
        }
    }

    /// A link; what is wrong with it only if it is no URL, for the rest is known at the end.
    pub(crate) fn link_row(&self, link: &Link) -> Row {
        let (target, problem) = match &link.to {
            Destination::Target { id, .. } => (Some(*id), None),
            Destination::Invalid { .. } => match self.verdict(link) {
                Verdict::Broken(problem) => (None, Some(problem.to_string())),
                _ => (None, None),
            },
        };
        Row::Link {
            page: link.page,
            target,
            url: link_url(self, link, true),
            problem,
        }
    }
}

/// How many of the last rows are written together.
const TOGETHER: usize = 1000;

impl Writer {
    /// Adds what is known when the crawl is over: what was not checked, and which links are broken.
    ///
    /// # Blocking
    ///
    /// As [`put`](Self::put).
    pub fn conclude(&self, report: &Report, crawled: &Crawled) {
        let mut rows = Vec::new();
        let mut put = |row| {
            rows.push(row);
            if rows.len() == TOGETHER {
                self.put(mem::take(&mut rows));
            }
        };
        for (id, target) in crawled.targets.iter().enumerate() {
            if matches!(target.state, State::Unchecked) {
                put(crawled.target_row(id));
            }
        }
        let mut told = HashSet::new();
        for link in &crawled.links {
            let Destination::Target { id, fragment } = &link.to else {
                continue;
            };
            let Verdict::Broken(problem) = crawled.verdict(link) else {
                continue;
            };
            if told.insert((*id, fragment)) {
                put(Row::Problem {
                    target: *id,
                    url: link_url(crawled, link, true),
                    problem: problem.to_string(),
                });
            }
        }
        if report.complete {
            put(Row::Complete);
        }
        self.put(rows);
    }
}
