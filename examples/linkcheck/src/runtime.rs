//! The runtimes that can drive a crawl: all that is asked of them is to start a task and to wait.

use std::fmt;
use std::future::Future;

use clap::ValueEnum;

/// Which runtime drives the crawl.
///
/// Everything above this file is neutral: sockets are async-io's, timers are async-clock's, and
/// both wake a task of any executor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Runtime {
    /// tokio with two worker threads.
    Tokio,
    /// smol's global executor.
    Smol,
    /// async-std's global executor.
    AsyncStd,
}

impl Runtime {
    /// Runs `future` to its end; tasks spawned from within it run beside it.
    ///
    /// # Panics
    ///
    /// When the operating system refuses tokio its threads.
    pub fn block_on<T>(self, future: impl Future<Output = T>) -> T {
        match self {
            Self::Tokio => tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .build()
                .expect("tokio's threads can be started")
                .block_on(future),
            Self::Smol => smol::block_on(future),
            Self::AsyncStd => async_std::task::block_on(future),
        }
    }

    /// Starts a task that nobody waits for. Call it from within [`block_on`](Self::block_on).
    pub fn spawn(self, task: impl Future<Output = ()> + Send + 'static) {
        match self {
            Self::Tokio => drop(tokio::spawn(task)),
            Self::Smol => smol::spawn(task).detach(),
            Self::AsyncStd => drop(async_std::task::spawn(task)),
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::AsyncStd => "async-std",
        })
    }
}
