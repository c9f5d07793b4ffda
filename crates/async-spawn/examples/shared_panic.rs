//! Work that several threads wait for panics; each of them gets to know, and one passes it on.

use async_spawn::Panic;
use std::thread;

fn main() {
    let outcome = Panic::catch(|| -> u32 { std::panic::resume_unwind(Box::new("no such row")) });
    let panic = outcome.expect_err("it panics");

    let messages = thread::scope(|scope| {
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let panic = panic.clone();
                scope.spawn(move || panic.message().map(str::to_owned))
            })
            .collect();
        let join = |waiter: thread::ScopedJoinHandle<'_, _>| waiter.join().expect("it only reads");
        waiters.into_iter().map(join).collect::<Vec<_>>()
    });
    assert!(
        messages
            .iter()
            .all(|it| it.as_deref() == Some("no such row"))
    );

    let passed_on = Panic::catch(|| panic.resume()).expect_err("it goes on");
    assert_eq!(passed_on.message(), Some("no such row"));
}
