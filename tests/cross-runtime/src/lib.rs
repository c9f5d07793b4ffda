//! The same test on every runtime, and several runtimes at once in one test.
//!
//! [`on_every_runtime!`] makes a module of tests out of one body, a test per [`Runtime`].
//! [`on_all_at_once`] runs one body on all of them at the same time, each on a thread of its own.
//!
//! # Examples
//!
//! ```
//! use cross_runtime::{Runtime, on_all_at_once};
//!
//! let sums = on_all_at_once(|runtime| async move {
//!     let two = runtime.spawn(async { 2 });
//!     let three = runtime.spawn(async { 3 });
//!     two.await + three.await
//! });
//! assert_eq!(sums, [5; Runtime::ALL.len()]);
//! ```

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// How long one test may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What a future can be run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// tokio's single-threaded runtime.
    TokioCurrentThread,
    /// tokio's multi-threaded runtime, with two workers.
    TokioMultiThread,
    /// async-std's global executor.
    AsyncStd,
    /// smol's global executor.
    Smol,
    /// No runtime: [`block_on`] on a plain thread.
    BlockOn,
}

/// A task's output, as a future.
pub type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Runtime {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::TokioCurrentThread,
        Self::TokioMultiThread,
        Self::AsyncStd,
        Self::Smol,
        Self::BlockOn,
    ];

    /// Runs `body` as a task of a fresh runtime (of the global one, where there is but one), and
    /// blocks this thread until it is done.
    ///
    /// # Panics
    ///
    /// If `body` does.
    pub fn run<F>(self, body: impl FnOnce(Self) -> F) -> F::Output
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let body = body(self);
        match self {
            Self::TokioCurrentThread => {
                let mut builder = tokio::runtime::Builder::new_current_thread();
                run_on_tokio(&mut builder, body)
            }
            Self::TokioMultiThread => {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                run_on_tokio(builder.worker_threads(2), body)
            }
            Self::AsyncStd => async_std::task::block_on(async_std::task::spawn(body)),
            Self::Smol => smol::block_on(smol::spawn(body)),
            Self::BlockOn => block_on(body),
        }
    }

    /// Starts a task beside the running one; for [`Runtime::BlockOn`], a thread.
    ///
    /// To be called from inside [`run`](Self::run), and the task to be awaited: what happens to it
    /// otherwise is the runtime's choice.
    ///
    /// # Panics
    ///
    /// On tokio, outside `run`. The task panics if `future` does.
    pub fn spawn<F>(self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        match self {
            Self::TokioCurrentThread | Self::TokioMultiThread => {
                let task = tokio::spawn(future);
                Box::pin(async move { task.await.expect("the task panicked") })
            }
            Self::AsyncStd => Box::pin(async_std::task::spawn(future)),
            Self::Smol => Box::pin(smol::spawn(future)),
            Self::BlockOn => {
                let (sender, receiver) = smol::channel::bounded(1);
                thread::spawn(move || {
                    // Fails when the task is no longer awaited.
                    let _ = sender.try_send(block_on(future));
                });
                Box::pin(async move { receiver.recv().await.expect("the task panicked") })
            }
        }
    }
}

fn run_on_tokio<F>(builder: &mut tokio::runtime::Builder, body: F) -> F::Output
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let runtime = builder.enable_time().build().expect("a runtime");
    let result = runtime.block_on(runtime.spawn(body));
    result.expect("the task panicked")
}

/// Runs `body` as [`Runtime::run`] does, under a watchdog.
///
/// # Panics
///
/// If `body` does, or takes longer than 30 s.
#[track_caller]
pub fn run_watched<F>(runtime: Runtime, body: impl FnOnce(Runtime) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    testkit::watchdog(LIMIT, move || runtime.run(body));
}

/// Runs `body` on every runtime at the same time, under a watchdog, and returns what each returned,
/// in the order of [`Runtime::ALL`].
///
/// # Panics
///
/// If one of them does, or all together take longer than 30 s.
#[track_caller]
pub fn on_all_at_once<F>(body: impl Fn(Runtime) -> F + Send + Sync + 'static) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    testkit::watchdog(LIMIT, move || {
        thread::scope(|scope| {
            let body = &body;
            let threads = Runtime::ALL.map(|runtime| scope.spawn(move || runtime.run(body)));
            threads
                .map(|thread| thread.join().expect("a runtime panicked"))
                .into()
        })
    })
}

/// Drives a future on this thread, with nothing but the standard library.
///
/// # Examples
///
/// ```
/// assert_eq!(cross_runtime::block_on(async { 7 }), 7);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// Makes, of each `async fn name(runtime) { … }`, a module `name` with one test per runtime.
///
/// `runtime` is the [`Runtime`] that the test runs on; it may be left out.
/// Each runs under a watchdog of 30 s.
///
/// # Examples
///
/// ```
/// use cross_runtime::on_every_runtime;
///
/// on_every_runtime! {
///     async fn a_task_gives_its_output(runtime) {
///         assert_eq!(runtime.spawn(async { 7 }).await, 7);
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_every_runtime {
    ($($(#[$attribute:meta])* async fn $name:ident($($runtime:ident)?) $body:block)+) => {
        $(
            $(#[$attribute])*
            mod $name {
                use super::*;

                $crate::__body!([$($runtime)?] $body);
                // Apart, so that the names of the tests hide nothing that a body calls.
                mod on {
                    $crate::__on_every_runtime! {
                        tokio_current_thread TokioCurrentThread;
                        tokio_multi_thread TokioMultiThread;
                        async_std AsyncStd;
                        smol Smol;
                        block_on BlockOn;
                    }
                }
            }
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __body {
    ([] $body:block) => {
        async fn body(_: $crate::Runtime) $body
    };
    ([$runtime:ident] $body:block) => {
        async fn body($runtime: $crate::Runtime) $body
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __on_every_runtime {
    ($($test:ident $runtime:ident;)+) => {
        $(
            #[test]
            fn $test() {
                $crate::run_watched($crate::Runtime::$runtime, super::body);
            }
        )+
    };
}
