//! What a user waits for goes ahead of what runs in the background, and the background is not
//! starved.
//!
//! `load` knows nothing of priorities: it takes that of whoever calls it.
//! With a step of 8, at most seven loads of the foreground overtake one of the background.
//!
//! ```text
//! cargo run -p async-priority-semaphore --example foreground_first
//! ```

use async_priority_semaphore::{Aging, PriorityExt, PrioritySemaphore};
use futures_lite::future::{self, yield_now};
use std::cell::RefCell;
use std::num::NonZeroU32;
use std::pin::Pin;

const BACKGROUND: i32 = 1;

/// The disk serves one request at a time.
struct Disk {
    turn: PrioritySemaphore,
    served: RefCell<Vec<String>>,
}

impl Disk {
    async fn load(&self, name: &str) {
        let _permit = self.turn.acquire().await.expect("nobody closes it");
        yield_now().await; // the disk is at work
        self.served.borrow_mut().push(name.to_owned());
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Drives all of them on this thread; any executor would do.
async fn all(tasks: Vec<Task<'_>>) {
    let mut left: Vec<_> = tasks.into_iter().map(Some).collect();
    future::poll_fn(|cx| {
        for task in &mut left {
            if task
                .as_mut()
                .is_some_and(|task| task.as_mut().poll(cx).is_ready())
            {
                *task = None;
            }
        }
        left.retain(Option::is_some);
        if left.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() {
    let aging = Aging::Arrivals(NonZeroU32::new(8).expect("not zero"));
    let disk = Disk {
        turn: PrioritySemaphore::builder(1).aging(aging).build(),
        served: RefCell::default(),
    };
    let load = |name: String| {
        let disk = &disk;
        async move { disk.load(&name).await }
    };

    let mut tasks: Vec<Task<'_>> = vec![Box::pin(load("first".to_owned()))];
    tasks.push(Box::pin(load("index".to_owned()).with_priority(BACKGROUND)));
    for page in 1..=20 {
        tasks.push(Box::pin(load(format!("page {page}"))));
    }
    future::block_on(all(tasks));

    let served = disk.served.into_inner();
    for name in &served {
        println!("{name}");
    }
    let before = served.iter().position(|name| name == "index");
    assert_eq!(before, Some(1 + 7), "behind the first and seven pages");
}
