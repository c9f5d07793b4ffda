//! Sessions on a server: shared by its threads, gone after ten minutes without a request, and never
//! more than a thousand; time is moved by hand.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use async_clock::{Clock, ManualClock};
use async_lru::TtlLruCache;
use async_lru::sync;

const MINUTE: Duration = Duration::from_secs(60);

type Sessions = sync::TtlLruCache<u32, Vec<&'static str>, ManualClock>;

/// A request begins a session or goes on with it.
fn request(sessions: &Sessions, user: u32, page: &'static str) {
    sessions.get_or_insert_with(user, Vec::new);
    // Another request of the same user may be under way: neither page is lost.
    sessions.update(&user, |pages| {
        let mut pages = pages.clone();
        pages.push(page);
        Some(pages)
    });
}

fn main() {
    let clock = ManualClock::new();
    let sessions = TtlLruCache::builder()
        .capacity(NonZeroUsize::new(1000).expect("above zero"))
        .idle(10 * MINUTE)
        .clock(clock.clone())
        .build_sync();

    thread::scope(|scope| {
        for page in ["/", "/help"] {
            let sessions = &sessions;
            scope.spawn(move || (0..3).for_each(|user| request(sessions, user, page)));
        }
    });
    clock.advance(9 * MINUTE);
    request(&sessions, 0, "/cart");
    clock.advance(MINUTE);

    let pages = sessions.get(&0).expect("a minute ago");
    println!(
        "user 0 saw {} pages, the last of them {}",
        pages.len(),
        pages[2]
    );
    println!("user 1 is {:?}", sessions.get(&1).map(|pages| pages.len()));
    let next = sessions.next_deadline().expect("user 0 leaves some time");
    println!(
        "{} more go, the next in {:?}",
        sessions.purge_expired(),
        next - clock.now()
    );
    println!("{:?}", sessions.stats());
}
