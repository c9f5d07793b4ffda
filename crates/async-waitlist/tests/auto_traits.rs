//! Which types may go to another thread, be shared, and be moved while polled.

use async_waitlist::blocking::Backoff;
use async_waitlist::{Iter, Key, Polled, Released, Trash, WaitHeap, WaitList, WakeBatch};
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::rc::Rc;

testkit::assert_auto_traits! {
    Key: Send Sync Unpin !Clone !Copy;
    Polled: Send Sync Unpin Copy;
    Released<u32>: Send Sync Unpin;
    Released<Rc<u32>>: !Send !Sync Unpin;
    WakeBatch: Send Sync Unpin;
    Backoff: Send Sync Unpin;

    WaitList<u32>: Send Sync Unpin Default;
    WaitList<Cell<u32>>: Send !Sync Unpin;
    WaitList<Rc<u32>>: !Send !Sync Unpin;
    WaitList<PhantomPinned>: Send Sync !Unpin;
    Iter<'static, u32>: Send Sync Unpin Clone;
    Iter<'static, Cell<u32>>: !Send !Sync Unpin;

    WaitHeap<u8, u32>: Send Sync Unpin Default;
    WaitHeap<Rc<u8>, u32>: !Send !Sync Unpin;
    WaitHeap<u8, Cell<u32>>: Send !Sync Unpin;

    Trash<u32>: Send Sync Unpin;
    Trash<u32, Rc<u8>>: !Send !Sync Unpin;
    Trash<Rc<u32>>: !Send !Sync Unpin;
}

/// The table above is checked by the compiler; this is for the ones that ask for no bounds.
#[test]
fn debug_asks_nothing_of_payloads_and_keys() {
    struct Opaque;
    let mut list = WaitList::new();
    let key = list.insert(Opaque, std::task::Waker::noop().clone());
    assert_eq!(
        format!("{list:?}"),
        "WaitList { waiting: 1, granted: 0, refused: 0, .. }"
    );
    assert_eq!(format!("{:?}", list.iter()), "Iter { left: 1, .. }");
    assert!(format!("{key:?}").starts_with("Key { slot: 0, generation: "));
    assert_eq!(
        format!("{:?}", WaitHeap::<Opaque, Opaque>::new()),
        "WaitHeap { waiting: 0, granted: 0, refused: 0, .. }"
    );
    assert_eq!(
        format!("{:?}", WakeBatch::new()),
        "WakeBatch { len: 0, .. }"
    );
}
