//! What a flight tells its berth, and what it makes of a berth that panics; shared and local.

use async_single_flight::LoadError;
use async_single_flight::flight::{Berth, FAN_OUT, Flight, LocalFlight, Slot, Wait};
use std::cell::RefCell;
use std::future::{self, Future};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use testkit::{CountWaker, Drops, Item, poll_once};

type Value = Arc<Item>;

/// Where something panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Nowhere,
    Begin,
    Poll,
    DropOfTheLoad,
    Judge,
    Land,
    PollAndLand,
}

impl Where {
    const ALL: [Self; 7] = [
        Self::Nowhere,
        Self::Begin,
        Self::Poll,
        Self::DropOfTheLoad,
        Self::Judge,
        Self::Land,
        Self::PollAndLand,
    ];
}

#[derive(Clone)]
struct Log {
    said: Arc<Mutex<Vec<&'static str>>>,
    panics: Where,
    alive: Arc<()>,
}

impl Log {
    fn new(panics: Where) -> Self {
        let (said, alive) = (Arc::default(), Arc::default());
        Self {
            said,
            panics,
            alive,
        }
    }

    fn say(&self, what: &'static str, panics: &[Where]) {
        self.said.lock().unwrap().push(what);
        assert!(!panics.contains(&self.panics), "{what} panics");
    }

    fn said(&self) -> Vec<&'static str> {
        self.said.lock().unwrap().clone()
    }

    /// How many berths and loads there are.
    fn alive(&self) -> usize {
        Arc::strong_count(&self.alive) - 1
    }
}

struct Shared(Log);
struct Local(Log);

macro_rules! berth {
    ($berth:ident, $slot:ty) => {
        impl Berth for $berth {
            type Slot = $slot;
            type Tag = u8;
            type Value = Value;

            fn begin(&mut self) {
                self.0.say("begin", &[Where::Begin]);
            }

            fn judge(&mut self, tag: &u8, _value: &Value) {
                assert_eq!(*tag, 7);
                self.0.say("judge", &[Where::Judge]);
            }

            fn land(&mut self, flight: &Self::Slot) {
                let outcome = flight.outcome().expect("it is set before");
                assert!(outcome.is_ok());
                self.0.say("land", &[Where::Land, Where::PollAndLand]);
            }

            fn crash(&mut self, flight: &Self::Slot) {
                let outcome = flight.outcome().expect("it is set before");
                assert!(outcome.is_err());
                self.0.say("crash", &[Where::Land, Where::PollAndLand]);
            }

            fn desert(&mut self, flight: &Self::Slot) {
                assert!(flight.is_closed());
                assert!(flight.outcome().is_none());
                self.0.say("desert", &[]);
            }
        }
    };
}

berth!(Shared, Arc<Flight<Shared>>);
berth!(Local, Rc<LocalFlight<Local>>);

/// Pending once, and ready then.
struct Load {
    log: Log,
    drops: Drops,
    polled: bool,
}

impl Future for Load {
    type Output = Value;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Value> {
        self.log.say("poll", &[]);
        if !self.polled {
            self.polled = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let panics = matches!(self.log.panics, Where::Poll | Where::PollAndLand);
        assert!(!panics, "poll panics");
        Poll::Ready(Arc::new(self.drops.item()))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.log.say("drop", &[Where::DropOfTheLoad]);
    }
}

fn load(log: &Log, drops: &Drops) -> Load {
    let (log, drops) = (log.clone(), drops.clone());
    Load {
        log,
        drops,
        polled: false,
    }
}

fn shared(log: &Log, drops: &Drops) -> Arc<Flight<Shared>> {
    Arc::new(Flight::new(
        7,
        Shared(log.clone()),
        FAN_OUT,
        load(log, drops),
    ))
}

fn local(log: &Log, drops: &Drops) -> Rc<LocalFlight<Local>> {
    let berth = Local(log.clone());
    Rc::new(LocalFlight::new(7, berth, FAN_OUT, load(log, drops)))
}

/// Runs two waiters of a flight to its end, and checks what its berth heard and what they got.
fn check<P>(panics: Where, make: fn(&Log, &Drops) -> P)
where
    P: Slot<Value = Value>,
    Wait<P>: Future<Output = Result<Value, LoadError>> + Unpin,
{
    let (log, drops) = (Log::new(panics), Drops::new());
    let slot = make(&log, &drops);
    let mut first = Wait::claimed(slot.clone());
    assert!(slot.join());
    let mut second = Wait::joined(slot.clone());
    let ((first_woken, one), (_, two)) = (CountWaker::new(), CountWaker::new());

    let mut results = vec![poll_once(&mut first, &one)];
    // Whatever panics but `land` is an error here.
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(&mut second, &two)));
    let land_panics = panics == Where::Land;
    assert_eq!(polled.is_err(), land_panics, "{panics:?}");
    results.extend(polled.ok());
    assert!(
        first_woken.wakes() > 0 || panics == Where::Begin,
        "{panics:?}"
    );
    if results[0].is_pending() {
        results.push(poll_once(&mut first, &one));
        drop(results.remove(0));
    }
    if land_panics {
        results.push(poll_once(&mut second, &two)); // the value is there all the same
    }
    let valued = matches!(panics, Where::Nowhere | Where::Land);
    for result in results {
        match result {
            Poll::Ready(Ok(_)) => assert!(valued, "{panics:?}"),
            Poll::Ready(Err(LoadError::Panicked(message))) => {
                assert!(
                    !valued && message.ends_with("panics"),
                    "{panics:?}: {message}"
                );
            }
            other => panic!("{panics:?}: {other:?}"),
        }
    }

    let expected: &[&str] = match panics {
        Where::Nowhere | Where::Land => &["begin", "poll", "poll", "drop", "judge", "land"],
        Where::Begin => &["begin", "drop", "crash"],
        Where::Poll | Where::PollAndLand | Where::DropOfTheLoad => {
            &["begin", "poll", "poll", "drop", "crash"]
        }
        Where::Judge => &["begin", "poll", "poll", "drop", "judge", "crash"],
    };
    assert_eq!(log.said(), expected, "{panics:?}");
    assert_eq!(log.alive(), 0, "{panics:?}: the berth is gone");
    drop(slot);
    drop((first, second));
    assert_eq!(drops.live(), 0, "{panics:?}: and so is the value");
}

#[test]
fn a_berth_hears_of_the_end_once_whatever_panics() {
    for panics in Where::ALL {
        check(panics, shared);
        check(panics, local);
    }
}

fn check_desertion<P: Slot<Value = Value>>(make: fn(&Log, &Drops) -> P)
where
    Wait<P>: Future<Output = Result<Value, LoadError>> + Unpin,
{
    for polls in 0..2 {
        let (log, drops) = (Log::new(Where::Nowhere), Drops::new());
        let slot = make(&log, &drops);
        let mut first = Wait::claimed(slot.clone());
        assert!(slot.join());
        let second = Wait::joined(slot.clone());
        let (_, waker) = CountWaker::new();
        if polls > 0 {
            assert!(poll_once(&mut first, &waker).is_pending());
        }
        drop(first);
        assert!(!slot.is_closed());
        drop(second);
        assert!(slot.is_closed() && !slot.join() && slot.outcome().is_none());
        let expected: &[&str] = match polls {
            0 => &["desert", "drop"],
            _ => &["begin", "poll", "desert", "drop"],
        };
        assert_eq!(log.said(), expected);
        assert_eq!(log.alive(), 0);
    }
}

#[test]
fn a_berth_hears_of_a_deserted_load_before_that_is_dropped() {
    check_desertion(shared);
    check_desertion(local);
}

#[test]
fn a_flight_that_ended_before_it_began_has_its_value() {
    let drops = Drops::new();
    let value = Arc::new(drops.item());
    let (_, waker) = CountWaker::new();
    let flight: Arc<Flight<Shared>> = Arc::new(Flight::landed(3, Arc::clone(&value)));
    assert!(flight.is_closed());
    let mut wait = Wait::landed(Arc::clone(&flight));
    assert!(wait.slot().is_some_and(|slot| slot.is_same(&flight)));
    assert!(poll_once(&mut wait, &waker).is_ready());
    assert!(wait.slot().is_none());
    let (tag, value) = Arc::into_inner(flight).unwrap().into_parts();
    assert_eq!((tag, value.is_some()), (3, true));

    let flight: Rc<LocalFlight<Local>> = Rc::new(LocalFlight::landed(3, Arc::new(drops.item())));
    let mut wait = Wait::landed(Rc::clone(&flight));
    assert!(poll_once(&mut wait, &waker).is_ready());
    let (tag, value) = Rc::into_inner(flight).unwrap().into_parts();
    assert_eq!((tag, value.is_some()), (3, true));
}

/// A local load is polled where it is, but what wakes it may be anywhere.
#[test]
fn a_local_load_is_woken_from_another_thread() {
    let log = Log::new(Where::Nowhere);
    let not_send = Rc::new(RefCell::new(0));
    let seen = Rc::clone(&not_send);
    let drops = Drops::new();
    let made = drops.clone();
    let load = future::poll_fn(move |cx| {
        *seen.borrow_mut() += 1;
        if *seen.borrow() == 3 {
            return Poll::Ready(Arc::new(made.item()));
        }
        let waker = cx.waker().clone();
        thread::spawn(move || waker.wake());
        Poll::Pending
    });
    let flight = Rc::new(LocalFlight::new(7, Local(log), FAN_OUT, load));
    let wait = Wait::claimed(Rc::clone(&flight));
    assert!(flight.join());
    let other = Wait::joined(flight);
    let both = futures_lite::future::zip(wait, other);
    let both = futures_lite::future::block_on(both);
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(*not_send.borrow(), 3);
}

/// Polls another waiter of its flight when it is told to land it, and when it is dropped.
struct Nosy(Arc<Place>);

#[derive(Default)]
struct Place {
    other: Mutex<Option<Wait<Arc<Flight<Nosy>>>>>,
    /// What that one was told when the berth was dropped.
    told: Mutex<Option<Result<u8, LoadError>>>,
}

impl Nosy {
    fn poll_other(&self) -> Poll<Result<u8, LoadError>> {
        let (_, waker) = CountWaker::new();
        let mut other = self.0.other.lock().unwrap();
        poll_once(other.as_mut().expect("it waits"), &waker)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        if let Poll::Ready(outcome) = self.poll_other() {
            *self.0.told.lock().unwrap() = Some(outcome);
        }
    }
}

impl Berth for Nosy {
    type Slot = Arc<Flight<Self>>;
    type Tag = ();
    type Value = u8;

    fn land(&mut self, flight: &Self::Slot) {
        assert!(flight.outcome().is_some());
        assert!(self.poll_other().is_pending(), "it is not filed yet");
    }

    fn crash(&mut self, flight: &Self::Slot) {
        self.land(flight);
    }

    fn desert(&mut self, _flight: &Self::Slot) {}
}

/// Else one could ask again, and join a load that has ended; and what the berth drops could wait for
/// the outcome.
#[test]
fn the_others_are_told_between_the_landing_and_the_drop_of_the_berth() {
    for panics in [false, true] {
        let place: Arc<Place> = Arc::default();
        let load = async move {
            assert!(!panics, "no value");
            7
        };
        let flight = Arc::new(Flight::new((), Nosy(Arc::clone(&place)), FAN_OUT, load));
        let mut first = Wait::claimed(Arc::clone(&flight));
        assert!(flight.join());
        *place.other.lock().unwrap() = Some(Wait::joined(flight));
        let (_, waker) = CountWaker::new();
        assert!(poll_once(&mut first, &waker).is_ready());
        let told = place.told.lock().unwrap().take();
        assert_eq!(told.expect("it has landed").is_err(), panics);
    }
}
