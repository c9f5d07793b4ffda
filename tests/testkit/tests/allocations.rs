//! Allocations are counted, per thread and for the whole process.

use std::hint::black_box;
use std::thread;

use testkit::{Allocations, CountingAllocator, count_allocations, live_bytes};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

#[test]
fn nothing_counts_as_nothing() {
    assert_eq!(count_allocations(|| black_box(7)), Allocations::default());
}

#[test]
fn each_call_is_counted_with_its_bytes() {
    let counted = count_allocations(|| (black_box(Box::new(1_u32)), black_box(vec![0_u8; 100])));
    assert_eq!(
        counted,
        Allocations {
            calls: 2,
            bytes: 104,
            live_bytes: 104
        }
    );
}

#[test]
fn a_reallocation_is_a_call_for_its_new_size() {
    let counted = count_allocations(|| {
        let mut bytes: Vec<u8> = Vec::with_capacity(10);
        bytes.reserve_exact(black_box(1000));
        bytes
    });
    assert_eq!(
        counted,
        Allocations {
            calls: 2,
            bytes: 1010,
            live_bytes: 1000
        }
    );
}

#[test]
fn freeing_what_stood_before_is_negative() {
    let block = vec![0_u8; 500];
    let counted = count_allocations(|| drop(black_box(block)));
    assert_eq!(
        counted,
        Allocations {
            calls: 0,
            bytes: 0,
            live_bytes: -500
        }
    );
}

#[test]
fn other_threads_do_not_count() {
    let (ready, started) = std::sync::mpsc::sync_channel(0);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let allocating = thread::spawn(move || {
        ready.send(()).expect("the test waits");
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            black_box(vec![0_u8; 100]);
        }
    });
    started.recv().expect("the thread runs");
    for _ in 0..1000 {
        assert_eq!(count_allocations(|| black_box(7)), Allocations::default());
    }
    drop(stop);
    allocating.join().expect("no panic");
}

#[test]
fn live_bytes_come_and_go_on_any_thread() {
    const MANY: usize = 64 << 20;
    let before = live_bytes();
    let block = thread::spawn(|| vec![1_u8; MANY]).join().expect("no panic");
    // The other tests of this file hold far less than the margin.
    assert!(live_bytes() + (1 << 20) > before + MANY);
    drop(block);
    assert!(live_bytes() < before + MANY / 2);
}
