//! The line that moves while the crawl runs; there is none when stderr is not a terminal.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::fetch::Fetcher;

/// Draws the line ten times a second, from a thread of its own, until it is finished.
///
/// The crawl moves the bar; what stands behind it is asked of `fetcher` at each drawing, so that
/// it moves even while everything waits for a lockout to end.
///
/// # Panics
///
/// Never: the template is a constant.
#[must_use]
pub fn show(fetcher: &Arc<Fetcher>) -> ProgressBar {
    let fetcher = Arc::clone(fetcher);
    let status = move |state: &ProgressState, out: &mut dyn Write| {
        let millis = state.elapsed().as_millis().max(1);
        let rate = u128::from(fetcher.sent()) * 1000 / millis;
        // The line is drawn to a string: nothing can go wrong.
        let _ = write!(out, "{rate}/s, {} in flight", fetcher.in_flight());
        if let Some(left) = fetcher.politeness().locked_for() {
            let _ = write!(out, ", locked out for {left:.1?}");
        }
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} URLs, {status}")
        .expect("the template is valid")
        .with_key("status", status);
    let line = ProgressBar::new(0).with_style(style);
    line.enable_steady_tick(Duration::from_millis(100));
    line
}
