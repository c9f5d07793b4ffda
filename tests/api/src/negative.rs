//! What must not compile, each with the code of the error that forbids it.
//!
//! A stable rustdoc asks only that they fail; with `RUSTC_BOOTSTRAP=1` it compares the codes, too.
//!
//! # async-clock
//!
//! An interval has one tick under way:
//!
//! ```compile_fail,E0499
//! let mut interval = async_clock::interval(std::time::Duration::from_secs(1));
//! let first = interval.tick();
//! let second = interval.tick();
//! drop((first, second));
//! ```
//!
//! A wait for timers does not outlive its clock, and neither does a drive:
//!
//! ```compile_fail,E0505
//! let clock = async_clock::ManualClock::new();
//! let wait = clock.wait_for_timers(1);
//! drop(clock);
//! drop(wait);
//! ```
//!
//! ```compile_fail,E0505
//! let clock = async_clock::ManualClock::new();
//! let drive = clock.drive(async {});
//! drop(clock);
//! drop(drive);
//! ```
//!
//! A timeout that gave its future back is gone:
//!
//! ```compile_fail,E0382
//! let timeout = async_clock::timeout(std::time::Duration::from_secs(1), async {});
//! let inner = timeout.into_inner();
//! drop((timeout, inner));
//! ```
//!
//! Nobody can claim that an alarm has fired but the alarm:
//!
//! ```compile_fail,E0603
//! let fired = async_clock::alarm::Fired(());
//! ```
//!
//! A clock is chosen at compile time, not behind a reference:
//!
//! ```compile_fail,E0038
//! fn any(clock: &dyn async_clock::Clock<Timer = async_clock::SystemTimer>) {}
//! ```
//!
//! # async-waitlist
//!
//! A key is given back once:
//!
//! ```compile_fail,E0382
//! let mut list = async_waitlist::WaitList::new();
//! let key = list.insert((), std::task::Waker::noop().clone());
//! drop(list.release(key));
//! drop(list.release(key));
//! ```
//!
//! and can't be had twice:
//!
//! ```compile_fail,E0599
//! let mut list = async_waitlist::WaitList::new();
//! let key = list.insert((), std::task::Waker::noop().clone());
//! let twice = key.clone();
//! ```
//!
//! The first waiter's payload can't be looked at while the list changes:
//!
//! ```compile_fail,E0502
//! let mut list = async_waitlist::WaitList::new();
//! let key = list.insert(7, std::task::Waker::noop().clone());
//! let first = list.first();
//! drop(list.release(key));
//! assert_eq!(first, Some(&7));
//! ```
//!
//! A mutex is unlocked on the thread that locked it:
//!
//! ```compile_fail,E0277
//! static COUNT: async_waitlist::sync::Mutex<u32> = async_waitlist::sync::Mutex::new(0);
//! let guard = COUNT.lock();
//! std::thread::spawn(move || drop(guard));
//! ```
//!
//! # async-lockout
//!
//! A pass is handed back once, and a tag is taken away once:
//!
//! ```compile_fail,E0382
//! fn leave(pass: async_lockout::Pass<async_clock::SystemClock>) {
//!     pass.ok();
//!     pass.ok();
//! }
//! ```
//!
//! ```compile_fail,E0382
//! let tag = async_lockout::Lockout::new().tag_for(std::time::Duration::from_secs(1));
//! tag.remove();
//! tag.remove();
//! ```
//!
//! A wait that borrows its lockout ends before it; `wait_owned` is for the rest:
//!
//! ```compile_fail,E0505
//! let lockout = async_lockout::Lockout::new();
//! let wait = lockout.wait();
//! drop(lockout);
//! drop(wait);
//! ```
//!
//! # async-ratelimiter
//!
//! A guard is given back or dropped, not both:
//!
//! ```compile_fail,E0382
//! use std::num::NonZeroU32;
//!
//! let second = std::time::Duration::from_secs(1);
//! let limiter = async_ratelimiter::RateLimiter::new(NonZeroU32::MIN, second);
//! let guard = limiter.try_acquire_guard().unwrap();
//! guard.give_back();
//! drop(guard);
//! ```
//!
//! A limit of zero is no limiter; `set_limit(0)` pauses one:
//!
//! ```compile_fail,E0308
//! async_ratelimiter::RateLimiter::new(0, std::time::Duration::from_secs(1));
//! ```
//!
//! Nobody counts by a rule of their own:
//!
//! ```compile_fail,E0277
//! #[derive(Clone, Debug)]
//! struct Anything;
//! impl async_ratelimiter::Policy for Anything {}
//! ```
//!
//! # async-priority-semaphore
//!
//! A permit is forgotten or dropped, not both, and does not outlive its semaphore;
//! `acquire_owned` is for that:
//!
//! ```compile_fail,E0382
//! let semaphore = async_priority_semaphore::Semaphore::new(1);
//! let permit = semaphore.try_acquire().unwrap();
//! permit.forget();
//! drop(permit);
//! ```
//!
//! ```compile_fail,E0505
//! let semaphore = async_priority_semaphore::Semaphore::new(1);
//! let permit = semaphore.try_acquire().unwrap();
//! drop(semaphore);
//! drop(permit);
//! ```
//!
//! First come, first served knows no priorities:
//!
//! ```compile_fail,E0599
//! let semaphore = async_priority_semaphore::Semaphore::new(1);
//! let acquire = semaphore.acquire();
//! acquire.set_priority(1);
//! ```
//!
//! Permits of the two are not the same:
//!
//! ```compile_fail,E0308
//! use async_priority_semaphore::{PrioritySemaphore, Semaphore};
//!
//! let (one, other) = (Semaphore::new(1), PrioritySemaphore::new(1));
//! one.try_acquire().unwrap().merge(other.try_acquire().unwrap());
//! ```
//!
//! Nobody makes a semaphore of their own:
//!
//! ```compile_fail,E0277
//! struct Mine;
//! impl async_priority_semaphore::AnySemaphore for Mine {}
//! ```
