//! Permits in hand: split, merged, forgotten, added, and taken out of circulation.

mod support;

use async_priority_semaphore::MAX_PERMITS;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use support::{on_both, poll, queue};

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

on_both! {
    #[test]
    fn a_part_that_is_split_off_is_given_back_by_itself() {
        let semaphore = Semaphore::new(5);
        let mut permit = semaphore.try_acquire_many(5).unwrap();
        let part = permit.split(2).unwrap();
        assert_eq!((permit.num_permits(), part.num_permits()), (3, 2));
        drop(part);
        assert_eq!(semaphore.available_permits(), 2);
        assert!(permit.split(4).is_none());
        assert_eq!(permit.split(0).unwrap().num_permits(), 0);
        let rest = permit.split(3).unwrap();
        assert_eq!(permit.num_permits(), 0);
        drop(permit);
        assert_eq!(semaphore.available_permits(), 2);
        drop(rest);
        assert_eq!(semaphore.available_permits(), 5);
    }

    #[test]
    fn an_owned_part_that_is_split_off_is_given_back_by_itself() {
        let semaphore = Arc::new(Semaphore::new(5));
        let mut permit = semaphore.try_acquire_many_owned(5).unwrap();
        let part = permit.split(2).unwrap();
        assert!(permit.split(4).is_none());
        drop(part);
        assert_eq!(semaphore.available_permits(), 2);
        permit.merge(semaphore.try_acquire_owned().unwrap());
        assert_eq!(permit.num_permits(), 4);
        drop(permit);
        assert_eq!((semaphore.available_permits(), Arc::strong_count(&semaphore)), (5, 1));
    }

    #[test]
    fn merged_permits_are_given_back_together() {
        let semaphore = Semaphore::new(5);
        let mut permit = semaphore.try_acquire_many(2).unwrap();
        permit.merge(semaphore.try_acquire_many(3).unwrap());
        assert_eq!((permit.num_permits(), semaphore.available_permits()), (5, 0));
        drop(permit);
        assert_eq!(semaphore.available_permits(), 5);
    }

    #[test]
    fn permits_of_two_semaphores_are_not_merged_and_not_lost() {
        let (one, other) = (Semaphore::new(1), Semaphore::new(1));
        let mut permit = one.try_acquire().unwrap();
        let foreign = other.try_acquire().unwrap();
        assert!(panics(|| permit.merge(foreign)));
        assert_eq!((permit.num_permits(), other.available_permits()), (1, 1));

        let (one, other) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
        let foreign = other.try_acquire_owned().unwrap();
        let mut permit = one.try_acquire_many_owned(0).unwrap();
        assert!(panics(|| permit.merge(foreign)));
        assert_eq!(other.available_permits(), 1);
    }

    #[test]
    fn forgotten_permits_do_not_come_back() {
        let semaphore = Arc::new(Semaphore::new(3));
        semaphore.try_acquire().unwrap().forget();
        semaphore.try_acquire_owned().unwrap().forget();
        assert_eq!(semaphore.available_permits(), 1);
        assert_eq!(Arc::strong_count(&semaphore), 1, "the handle is not forgotten");
        semaphore.add_permits(2);
        assert_eq!(semaphore.available_permits(), 3);
    }

    #[test]
    fn permits_come_back_when_a_panic_unwinds() {
        let semaphore = Semaphore::new(2);
        assert!(panics(|| {
            let _permit = semaphore.try_acquire_many(2).unwrap();
            panic!("the work fails, on purpose");
        }));
        assert_eq!(semaphore.available_permits(), 2);
    }

    #[test]
    fn added_permits_go_to_those_who_wait() {
        let semaphore = Semaphore::new(0);
        let mut waiters = [semaphore.acquire_many(2), semaphore.acquire_many(3)];
        let wakes = waiters.each_mut().map(queue);
        semaphore.add_permits(4);
        assert_eq!(wakes.map(|each| each.wakes()), [1, 0]);
        assert_eq!(semaphore.available_permits(), 2);
        semaphore.add_permits(0);
        assert_eq!(semaphore.available_permits(), 2);
    }

    #[test]
    fn more_permits_than_there_are_may_come_to_be() {
        let semaphore = Semaphore::new(1);
        let mut many = semaphore.acquire_many(1000);
        assert!(poll(&mut many).is_pending());
        semaphore.add_permits(999);
        let permit = futures_lite::future::block_on(many).unwrap();
        assert_eq!(permit.num_permits(), 1000);
    }

    #[test]
    fn forgetting_takes_what_is_free_and_no_more() {
        let semaphore = Semaphore::new(3);
        let held = semaphore.try_acquire().unwrap();
        assert_eq!(semaphore.forget_permits(1), 1);
        assert_eq!(semaphore.forget_permits(usize::MAX), 1);
        assert_eq!(semaphore.forget_permits(1), 0);
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn forgetting_takes_nothing_from_one_who_was_granted() {
        let semaphore = Semaphore::new(0);
        let mut acquire = semaphore.acquire();
        assert!(poll(&mut acquire).is_pending());
        semaphore.add_permits(1);
        assert_eq!(semaphore.forget_permits(1), 0);
        assert!(poll(&mut acquire).is_ready());
    }

    #[test]
    fn reducing_is_exact() {
        let semaphore = Semaphore::new(5);
        let mut held = semaphore.try_acquire_many(4).unwrap();
        semaphore.reduce_permits(3); // one is free, two are owed
        assert_eq!(semaphore.available_permits(), 0);
        drop(held.split(1));
        assert_eq!(semaphore.available_permits(), 0);
        drop(held.split(2));
        assert_eq!(semaphore.available_permits(), 1);
        drop(held);
        assert_eq!(semaphore.available_permits(), 2);
        semaphore.assert_invariants();
    }

    #[test]
    fn a_debt_is_paid_before_anybody_is_granted() {
        let semaphore = Semaphore::new(2);
        let mut held = semaphore.try_acquire_many(2).unwrap();
        semaphore.reduce_permits(1);
        assert!(semaphore.try_acquire().is_err());
        let mut waits = semaphore.acquire();
        let woken = queue(&mut waits);
        drop(held.split(1));
        assert_eq!(woken.wakes(), 0);
        semaphore.assert_invariants();
        drop(held);
        assert_eq!(woken.wakes(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn added_permits_pay_the_debt_first() {
        let semaphore = Semaphore::new(0);
        semaphore.reduce_permits(3);
        semaphore.add_permits(2);
        assert_eq!(semaphore.available_permits(), 0);
        semaphore.assert_invariants();
        semaphore.add_permits(2);
        assert_eq!(semaphore.available_permits(), 1);
        assert!(semaphore.try_acquire().is_ok(), "the fast path is open again");
        semaphore.assert_invariants();
    }

    #[test]
    fn a_cancelled_grant_pays_the_debt() {
        let semaphore = Semaphore::new(1);
        let held = semaphore.try_acquire().unwrap();
        let mut granted = semaphore.acquire();
        assert!(poll(&mut granted).is_pending());
        drop(held);
        semaphore.reduce_permits(1);
        drop(granted);
        assert_eq!(semaphore.available_permits(), 0);
        semaphore.add_permits(1);
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn nothing_can_be_asked_for_while_there_is_debt() {
        let semaphore = Semaphore::new(0);
        semaphore.reduce_permits(1);
        assert_eq!(semaphore.try_acquire_many(0).unwrap().num_permits(), 0);
        semaphore.assert_invariants();
    }

    #[test]
    fn there_is_a_most() {
        assert!(panics(|| drop(Semaphore::new(MAX_PERMITS + 1))));
        let semaphore = Semaphore::new(MAX_PERMITS);
        assert!(panics(|| semaphore.add_permits(1)));
        assert!(panics(|| semaphore.add_permits(usize::MAX)));
        assert_eq!(semaphore.available_permits(), MAX_PERMITS);

        semaphore.reduce_permits(MAX_PERMITS);
        semaphore.reduce_permits(MAX_PERMITS);
        assert!(panics(|| semaphore.reduce_permits(1)));
        assert!(panics(|| semaphore.reduce_permits(usize::MAX)));
        assert!(panics(|| semaphore.add_permits(usize::MAX)));
        semaphore.assert_invariants();
        semaphore.add_permits(2 * MAX_PERMITS);
        assert_eq!(semaphore.available_permits(), MAX_PERMITS);
        semaphore.assert_invariants();
    }

    /// They would be more than can be counted, and nobody can miss them.
    #[test]
    fn a_permit_that_comes_back_to_a_full_semaphore_is_no_harm() {
        let semaphore = Semaphore::new(MAX_PERMITS);
        let held = semaphore.try_acquire().unwrap();
        semaphore.add_permits(1);
        drop(held);
        assert_eq!(semaphore.available_permits(), MAX_PERMITS);
        assert!(!semaphore.is_closed());
        semaphore.assert_invariants();
    }

    #[test]
    fn a_failed_request_takes_nothing() {
        let semaphore = Semaphore::new(3);
        assert!(semaphore.try_acquire_many(4).unwrap_err().is_no_permits());
        assert!(semaphore.try_acquire_many(u32::MAX).is_err());
        assert_eq!(semaphore.available_permits(), 3);
    }

    #[test]
    fn permits_may_be_given_back_by_another_thread() {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.try_acquire_owned().unwrap();
        let mut waits = semaphore.acquire_owned();
        let woken = queue(&mut waits);
        std::thread::spawn(move || drop(permit)).join().unwrap();
        assert_eq!(woken.wakes(), 1);
    }

    #[test]
    fn they_say_how_they_are() {
        let semaphore = Semaphore::new(3);
        let permit = semaphore.try_acquire().unwrap();
        let text = format!("{semaphore:?} {permit:?} {:?}", semaphore.acquire());
        for part in ["Semaphore", "available_permits: 2", "waiting: 0", "permits: 1", "Acquire"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
