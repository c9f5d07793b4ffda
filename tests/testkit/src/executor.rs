//! An executor that leaves nothing to habit: it polls in random order.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Wake, Waker};

use fastrand::Rng;

use crate::poll::poll_pinned;

/// Runs tasks on the calling thread, each time a random one of those that have been woken.
///
/// The order follows from the seed alone, as long as the tasks are woken by each other.
/// Tasks need not be `Send` and may borrow.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use testkit::RandomOrder;
///
/// let sum = Cell::new(0);
/// let mut executor = RandomOrder::new(1).with_spurious_polls(4);
/// for number in 1..=3 {
///     let sum = &sum;
///     executor.spawn(async move {
///         futures_lite::future::yield_now().await;
///         sum.set(sum.get() + number);
///     });
/// }
/// executor.spawn(std::future::pending());
/// assert_eq!(executor.run_until_stalled(), 1);
/// assert_eq!(sum.get(), 6);
/// ```
pub struct RandomOrder<'a> {
    tasks: Vec<Task<'a>>,
    next_id: usize,
    rng: Rng,
    /// One poll in so many is of a task that nobody has woken; never, if zero.
    spurious: u32,
    wakes: Arc<Wakes>,
}

/// A task of a [`RandomOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskId(usize);

impl<'a> RandomOrder<'a> {
    /// Returns an executor without tasks, whose order follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            tasks: Vec::new(),
            next_id: 0,
            rng: Rng::with_seed(seed),
            spurious: 0,
            wakes: Arc::new(Wakes::default()),
        }
    }

    /// Makes one poll in `one_in`, on average, that of a task which nobody has woken; 0: none.
    #[must_use]
    pub fn with_spurious_polls(mut self, one_in: u32) -> Self {
        self.spurious = one_in;
        self
    }

    /// Adds a task; it is first polled by [`run`](Self::run) or
    /// [`run_until_stalled`](Self::run_until_stalled).
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'a) -> TaskId {
        let id = TaskId(self.next_id);
        self.next_id += 1;
        let woken = Arc::new(Woken {
            woken: AtomicBool::new(true),
            wakes: Arc::clone(&self.wakes),
        });
        self.tasks.push(Task {
            id,
            future: Box::pin(future),
            waker: Arc::clone(&woken).into(),
            woken,
        });
        id
    }

    /// Drops a task that has not completed; returns whether it was still there.
    pub fn cancel(&mut self, id: TaskId) -> bool {
        match self.tasks.iter().position(|task| task.id == id) {
            Some(index) => {
                drop(self.tasks.swap_remove(index));
                true
            }
            None => false,
        }
    }

    /// Returns whether a task has completed or been cancelled.
    #[must_use]
    pub fn is_finished(&self, id: TaskId) -> bool {
        self.tasks.iter().all(|task| task.id != id)
    }

    /// Runs until no task is woken and returns how many have not completed.
    pub fn run_until_stalled(&mut self) -> usize {
        while self.poll_one() {}
        self.tasks.len()
    }

    /// Runs until all tasks have completed.
    ///
    /// # Blocking
    ///
    /// Sleeps while it waits for a wake from another thread, for ever if none comes: call it under
    /// a [`watchdog`](crate::watchdog()).
    pub fn run(&mut self) {
        loop {
            let seen = self.wakes.count();
            if self.run_until_stalled() == 0 {
                return;
            }
            self.wakes.wait_for_more_than(seen);
        }
    }

    /// Polls one task; returns false if none is woken.
    fn poll_one(&mut self) -> bool {
        let woken: Vec<usize> = (0..self.tasks.len())
            .filter(|&index| self.tasks[index].woken.woken.load(Ordering::SeqCst))
            .collect();
        if woken.is_empty() {
            return false;
        }
        let index = if self.spurious > 0 && self.rng.u32(..self.spurious) == 0 {
            self.rng.usize(..self.tasks.len())
        } else {
            woken[self.rng.usize(..woken.len())]
        };
        let task = &mut self.tasks[index];
        task.woken.woken.store(false, Ordering::SeqCst);
        if poll_pinned(task.future.as_mut(), &task.waker).is_ready() {
            drop(self.tasks.swap_remove(index));
        }
        true
    }
}

impl fmt::Debug for RandomOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<TaskId> = self.tasks.iter().map(|task| task.id).collect();
        f.debug_struct("RandomOrder")
            .field("tasks", &ids)
            .finish_non_exhaustive()
    }
}

struct Task<'a> {
    id: TaskId,
    future: Pin<Box<dyn Future<Output = ()> + 'a>>,
    waker: Waker,
    woken: Arc<Woken>,
}

/// A task's waker.
struct Woken {
    woken: AtomicBool,
    wakes: Arc<Wakes>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.wakes.add();
    }
}

/// Counts the wakes of all tasks, for an executor that has to sleep.
#[derive(Default)]
struct Wakes {
    count: Mutex<u64>,
    added: Condvar,
}

impl Wakes {
    fn count(&self) -> u64 {
        *self.count.lock().expect("nothing panics under this lock")
    }

    fn add(&self) {
        *self.count.lock().expect("nothing panics under this lock") += 1;
        self.added.notify_all();
    }

    fn wait_for_more_than(&self, seen: u64) {
        let count = self.count.lock().expect("nothing panics under this lock");
        let more = self.added.wait_while(count, |count| *count <= seen);
        drop(more.expect("nothing panics under this lock"));
    }
}
