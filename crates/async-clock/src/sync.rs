//! The primitives the system timer is built on: the real ones, or loom's under `--cfg loom`.

#[cfg(loom)]
pub(crate) use self::modelled::{AtomicU64, Mutex, Parker, Thread, ThreadSlot, fence, spawn};
#[cfg(not(loom))]
pub(crate) use self::real::{AtomicU64, Mutex, Parker, Thread, ThreadSlot, fence, spawn};
pub(crate) use std::sync::atomic::Ordering;

#[cfg(not(loom))]
mod real {
    pub(crate) use parking_lot::Mutex;
    use std::io;
    use std::sync::OnceLock;
    pub(crate) use std::sync::atomic::{AtomicU64, fence};
    pub(crate) use std::thread::Thread;
    use std::thread::{Builder, park, park_timeout};
    use std::time::Duration;

    /// Starts a detached thread.
    pub(crate) fn spawn(
        name: &str,
        stack_bytes: usize,
        body: impl FnOnce(&Parker) + Send + 'static,
    ) -> io::Result<Thread> {
        let builder = Builder::new().name(name.into()).stack_size(stack_bytes);
        let handle = builder.spawn(|| body(&Parker(())))?;
        Ok(handle.thread().clone())
    }

    /// Lets the thread it was given to sleep.
    #[derive(Debug)]
    pub(crate) struct Parker(());

    #[expect(
        clippy::unused_self,
        reason = "in a model the token is in here, and only the owner may park"
    )]
    impl Parker {
        /// Sleeps until the thread is unparked, or for `limit`, or for no reason.
        pub(crate) fn park(&self, limit: Option<Duration>) {
            limit.map_or_else(park, park_timeout);
        }
    }

    /// A thread that is started once, by whoever needs it first.
    #[derive(Debug)]
    pub(crate) struct ThreadSlot(OnceLock<Thread>);

    impl ThreadSlot {
        pub(crate) const fn new() -> Self {
            Self(OnceLock::new())
        }

        #[inline]
        pub(crate) fn is_started(&self) -> bool {
            self.0.get().is_some()
        }

        /// Runs `start` unless the thread is started; one that is being started is waited for.
        /// When `start` panics the slot stays as it was.
        pub(crate) fn get_or_start(&self, start: impl FnOnce() -> Thread) {
            self.0.get_or_init(start);
        }

        /// Does nothing while there is no thread.
        pub(crate) fn unpark(&self) {
            if let Some(thread) = self.0.get() {
                thread.unpark();
            }
        }
    }
}

#[cfg(loom)]
mod modelled {
    use loom::sync::Condvar;
    pub(crate) use loom::sync::atomic::{AtomicU64, fence};
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    /// loom's mutex with the signature of `parking_lot`'s.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().expect("a panic ends the model")
        }
    }

    /// What a thread parks on: whether it has been unparked.
    ///
    /// In place of loom's own `unpark`, which also lets a thread go on that waits for a mutex.
    #[derive(Debug)]
    struct Token {
        is_unparked: Mutex<bool>,
        changed: Condvar,
    }

    #[derive(Debug)]
    pub(crate) struct Thread(Arc<Token>);

    impl Thread {
        fn unpark(&self) {
            *self.0.is_unparked.lock() = true;
            self.0.changed.notify_one();
        }
    }

    #[derive(Debug)]
    pub(crate) struct Parker(Arc<Token>);

    impl Parker {
        /// Without a limit: time stands still, so a wake that is lost is a deadlock.
        pub(crate) fn park(&self, _limit: Option<Duration>) {
            let mut is_unparked = self.0.is_unparked.lock();
            while !*is_unparked {
                let woken = self.0.changed.wait(is_unparked);
                is_unparked = woken.expect("a panic ends the model");
            }
            *is_unparked = false;
        }
    }

    pub(crate) fn spawn(
        _name: &str,
        _stack_bytes: usize,
        body: impl FnOnce(&Parker) + Send + 'static,
    ) -> io::Result<Thread> {
        let token = Arc::new(Token {
            is_unparked: Mutex::new(false),
            changed: Condvar::new(),
        });
        let parker = Parker(Arc::clone(&token));
        loom::thread::spawn(move || body(&parker));
        Ok(Thread(token))
    }

    /// As the real one; loom has no cell that is set once, so a mutex is held while starting.
    #[derive(Debug)]
    pub(crate) struct ThreadSlot(Mutex<Option<Thread>>);

    impl ThreadSlot {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn is_started(&self) -> bool {
            self.0.lock().is_some()
        }

        pub(crate) fn get_or_start(&self, start: impl FnOnce() -> Thread) {
            self.0.lock().get_or_insert_with(start);
        }

        pub(crate) fn unpark(&self) {
            if let Some(thread) = &*self.0.lock() {
                thread.unpark();
            }
        }
    }
}
