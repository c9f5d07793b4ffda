//! Rows from several threads, written in batches by a plain thread that owns the table.

use async_waterfall::{Batch, Waterfall};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let hundred = NonZeroUsize::new(100).expect("it is not zero");
    let table = Arc::new(Mutex::new(Vec::new()));
    let (rows, driver) = {
        let table = Arc::clone(&table);
        Waterfall::builder(hundred, Duration::from_millis(5)).build(move |batch: Batch<u64>| {
            // One transaction for all of them.
            let mut table = table.lock().expect("nobody panics");
            table.push(batch.collect::<Vec<u64>>());
            async { Ok::<(), ()>(()) }
        })
    };
    let writer = thread::spawn(move || futures_lite::future::block_on(driver));

    thread::scope(|scope| {
        for thread in 0..4 {
            let rows = &rows;
            scope.spawn(move || {
                for row in 0..250 {
                    rows.put_blocking(1000 * thread + row)
                        .expect("nobody stops it");
                }
            });
        }
    });
    let report = rows.stop_blocking(Duration::from_secs(10));
    writer.join().expect("the writer does not panic");

    let table = table.lock().expect("nobody panics");
    assert_eq!(report.delivered, 1000);
    assert_eq!(table.iter().map(Vec::len).sum::<usize>(), 1000);
    assert!(table.iter().all(|batch| batch.len() <= 100));
}
