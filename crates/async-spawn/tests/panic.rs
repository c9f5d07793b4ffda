//! A panic as a value: its message is for all, its payload for one, and nothing escapes from it.

use async_spawn::Panic;
use std::any::Any;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use testkit::{Drops, assert_auto_traits, within_seconds};

assert_auto_traits! {
    Panic: Send Sync Unpin Clone !Copy;
}

#[test]
fn the_message_is_that_of_the_panic_and_stays() {
    let texts: [fn(); 2] = [|| panic!("fixed"), || panic!("made of {}", 2)];
    for (text, expected) in texts.into_iter().zip(["fixed", "made of 2"]) {
        let caught = Panic::catch(text).unwrap_err();
        assert!(caught.clone().into_payload().is_some(), "{expected}");
        assert_eq!(caught.message(), Some(expected));
        assert!(format!("{caught:?}").contains(expected), "{expected}");
        assert_eq!(caught.to_string(), format!("panicked: {expected}"));
    }
    let number = Panic::catch(|| panic_any(7)).unwrap_err();
    assert_eq!(number.message(), None);
    assert_eq!(number.to_string(), "panicked");
}

#[test]
fn of_many_that_ask_at_once_one_gets_the_payload() {
    within_seconds(20, || {
        for _ in 0..200 {
            let caught = Panic::catch(|| panic_any(7_u8)).unwrap_err();
            let takers = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let (caught, takers) = (caught.clone(), Arc::clone(&takers));
                    thread::spawn(move || {
                        if let Some(payload) = caught.into_payload() {
                            assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
                            takers.fetch_add(1, Ordering::SeqCst);
                        }
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(takers.load(Ordering::SeqCst), 1);
        }
    });
}

#[test]
fn resuming_passes_the_payload_on_and_the_message_where_that_is_taken() {
    let drops = Drops::new();
    let item = drops.item();
    let caught = Panic::catch(|| panic_any(item)).unwrap_err();
    let (second, clone) = (caught.clone(), caught.clone());
    let again = Panic::catch(|| caught.resume()).unwrap_err();
    assert_eq!(drops.dropped(), 0, "it is on its way");
    drop(again);
    assert_eq!(drops.dropped(), 1);
    let last = Panic::catch(|| second.resume()).unwrap_err();
    assert_eq!(last.message(), Some("a panic whose payload was taken"));

    let text = Panic::catch(|| panic!("no {}", "row")).unwrap_err();
    drop(text.clone().into_payload());
    let again = Panic::catch(|| text.resume()).unwrap_err();
    assert_eq!(again.message(), Some("no row"));
    drop(clone);
}

#[test]
fn a_payload_that_nobody_takes_is_dropped_with_the_last_clone() {
    let drops = Drops::new();
    let item = drops.item();
    let caught = Panic::catch(|| panic_any(item)).unwrap_err();
    let clone = caught.clone();
    drop(caught);
    assert_eq!(drops.dropped(), 0);
    drop(clone);
    assert_eq!(drops.dropped(), 1);
}

/// Panics when it is dropped, with another like itself as long as `left` lasts.
struct Worse {
    left: u32,
}

impl Drop for Worse {
    fn drop(&mut self) {
        if !thread::panicking() {
            let left = self.left.saturating_sub(1);
            panic_any(Worse { left });
        }
    }
}

#[test]
fn a_payload_that_panics_when_dropped_harms_nobody() {
    let payload: Box<dyn Any + Send> = Box::new(Worse { left: 3 });
    let caught = Panic::new(payload);
    drop(caught.clone());
    drop(caught);
}
