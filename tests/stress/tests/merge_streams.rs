//! `async-merge-streams`: whatever threads send to sources that come and go is given once, in the
//! order of its source, and the task that waits does not sleep on.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use async_merge_streams::{Index, Merge};
use async_waitlist::blocking::block_on;
use fastrand::Rng;
use futures_core::Stream;
use futures_lite::StreamExt;

const SENDERS: usize = 4;
const SOURCES: usize = 150;
const ITEMS: u64 = 12;

#[derive(Default)]
struct State {
    items: VecDeque<u64>,
    closed: bool,
    waker: Option<Waker>,
}

/// The two ends of a source.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<State>>);

impl Line {
    fn change(&self, change: impl FnOnce(&mut State), spurious: bool) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            change(&mut state);
            if spurious {
                state.waker.clone()
            } else {
                state.waker.take()
            }
        };
        if let Some(waker) = waker {
            waker.wake_by_ref();
        }
    }
}

impl Stream for Line {
    type Item = u64;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let mut state = self.0.lock().unwrap();
        match state.items.pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None if state.closed => Poll::Ready(None),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Sends to the lines it gets, a little to each in turns.
fn feed(lines: &Receiver<Line>, rng: &mut Rng) {
    let mut open: Vec<(Line, u64)> = Vec::new();
    let mut more = true;
    while more || !open.is_empty() {
        let next = if open.is_empty() {
            lines.recv().ok()
        } else {
            lines.try_recv().ok()
        };
        more &= next.is_some() || !open.is_empty();
        open.extend(next.map(|line| (line, 0)));
        if open.is_empty() {
            continue;
        }
        let at = rng.usize(..open.len());
        let (line, sent) = &mut open[at];
        if *sent == ITEMS {
            line.change(|state| state.closed = true, false);
            open.swap_remove(at);
            continue;
        }
        let (item, spurious) = (*sent, rng.bool());
        // A wake that leaves the waker where it is is followed by needless ones.
        line.change(|state| state.items.push_back(item), spurious);
        *sent += 1;
        if rng.u8(..8) == 0 {
            thread::yield_now();
        }
    }
}

/// Gives a line to a source and to whoever fills it.
fn push(merge: &mut Merge<Line>, feeders: &[Sender<Line>], rng: &mut Rng) -> Index {
    let line = Line::default();
    let index = merge.push(line.clone());
    let feeder = &feeders[rng.usize(..feeders.len())];
    feeder.send(line).expect("it takes lines until the end");
    index
}

#[test]
fn sources_come_and_go_while_threads_send() {
    stress::rounds(|rng| {
        let (feeders, lines): (Vec<_>, Vec<_>) = (0..SENDERS).map(|_| channel()).unzip();
        let threads: Vec<_> = lines
            .into_iter()
            .map(|lines| {
                let mut rng = rng.fork();
                thread::spawn(move || feed(&lines, &mut rng))
            })
            .collect();
        let mut merge = Merge::new().with_index();
        let mut next: HashMap<Index, u64> = HashMap::new();
        let (mut left, mut removed) = (SOURCES, Vec::new());
        block_on(async {
            loop {
                while left > 0 && (merge.get_ref().len() < 5 || rng.u8(..4) == 0) {
                    next.insert(push(merge.get_mut(), &feeders, rng), 0);
                    left -= 1;
                }
                if rng.u8(..16) == 0 {
                    let first = merge.get_ref().indices().next();
                    removed.extend(first.and_then(|index| {
                        let source = merge.get_mut().remove(index)?;
                        Some((source, next.remove(&index).expect("it was pushed")))
                    }));
                }
                let Some((index, item)) = merge.next().await else {
                    if left == 0 {
                        return;
                    }
                    continue;
                };
                let expected = next.get_mut(&index).expect("it was not removed");
                assert_eq!(item, *expected, "{index:?}");
                *expected += 1;
            }
        });
        drop(feeders);
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert!(
            next.into_values().all(|next| next == ITEMS),
            "something is missing"
        );
        // What was taken out has the rest.
        for (source, from) in removed {
            let rest: Vec<u64> = block_on(source.collect());
            assert!(rest.into_iter().eq(from..ITEMS));
        }
    });
}

#[test]
fn a_merge_is_dropped_while_threads_wake_its_sources() {
    stress::rounds(|rng| {
        let lines: Vec<Line> = (0..70).map(|_| Line::default()).collect();
        let merge = Mutex::new(Some(async_merge_streams::merge(lines.iter().cloned())));
        stress::threads(SENDERS, rng, |thread, rng| {
            if thread > 0 {
                for item in 0..50 {
                    let line = &lines[rng.usize(..lines.len())];
                    line.change(|state| state.items.push_back(item), rng.bool());
                }
                return;
            }
            let mut merge = merge.lock().unwrap().take().expect("it is there");
            let mut cx = Context::from_waker(Waker::noop());
            for _ in 0..rng.u8(..100) {
                let _ = Pin::new(&mut merge).poll_next(&mut cx);
            }
        });
    });
}
