//! Random programs that can be repeated.

use std::cell::RefCell;
use std::env;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

/// The environment variable that names the only seed to use.
const VARIABLE: &str = "TESTKIT_SEED";

/// Returns `n` fixed seeds, or the one of the environment variable `TESTKIT_SEED` (decimal, or
/// hexadecimal after `0x`).
///
/// # Panics
///
/// If `TESTKIT_SEED` is set and no such number.
///
/// # Examples
///
/// ```
/// if std::env::var_os("TESTKIT_SEED").is_none() {
///     assert_eq!(testkit::seeds(3).count(), 3);
///     assert!(testkit::seeds(3).eq(testkit::seeds(3)));
/// }
/// ```
pub fn seeds(n: usize) -> impl Iterator<Item = u64> {
    /// 2^64 divided by the golden ratio: consecutive multiples differ in all their bits.
    const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;
    let only = chosen();
    let rounds = if only.is_some() { 1 } else { n };
    let mut next = 0_u64;
    (0..rounds).map(move |_| {
        next = next.wrapping_add(STRIDE);
        only.unwrap_or(next)
    })
}

/// Returns the random number generator of a seed.
///
/// # Examples
///
/// ```
/// assert_eq!(testkit::rng(1).u64(..), testkit::rng(1).u64(..));
/// ```
#[must_use]
pub fn rng(seed: u64) -> Rng {
    Rng::with_seed(seed)
}

/// Runs `body` with the generator of each of [`seeds`]`(n)`.
///
/// When it panics, or a [`watchdog`](crate::watchdog()) ends it, the seed is printed, with the
/// setting that runs it alone.
///
/// # Panics
///
/// As [`seeds`] does.
///
/// # Examples
///
/// ```
/// testkit::with_seeds(10, |rng| {
///     let mut numbers: Vec<u8> = (0..rng.usize(..50)).map(|_| rng.u8(..)).collect();
///     rng.shuffle(&mut numbers);
///     numbers.sort_unstable();
///     assert!(numbers.is_sorted());
/// });
/// ```
pub fn with_seeds(n: usize, mut body: impl FnMut(&mut Rng)) {
    for seed in seeds(n) {
        run(seed, &mut body);
    }
}

/// Runs `body` with the generators of as many [`seeds`] as fit into `time`, but of one at least.
///
/// When it panics, or a [`watchdog`](crate::watchdog()) ends it, the seed is printed, with the
/// setting that runs it alone.
///
/// # Panics
///
/// As [`seeds`] does.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let mut rounds = 0;
/// testkit::with_seeds_for(Duration::ZERO, |_rng| rounds += 1);
/// assert_eq!(rounds, 1);
/// ```
pub fn with_seeds_for(time: Duration, mut body: impl FnMut(&mut Rng)) {
    let start = Instant::now();
    for seed in seeds(usize::MAX) {
        run(seed, &mut body);
        if start.elapsed() >= time {
            return;
        }
    }
}

fn run(seed: u64, body: &mut impl FnMut(&mut Rng)) {
    let _printed = PrintedOnPanic(seed);
    RUNNING.with_borrow(|running| running.set(Some(seed)));
    body(&mut rng(seed));
    RUNNING.with_borrow(|running| running.set(None));
}

thread_local! {
    /// The seed that runs on this thread, where a watchdog can see it.
    static RUNNING: RefCell<RunningSeed> = RefCell::default();
}

/// The seed that runs on some thread, if one does.
#[derive(Clone, Default)]
pub(crate) struct RunningSeed(Arc<Mutex<Option<u64>>>);

impl RunningSeed {
    /// Has this thread tell its seeds here.
    pub(crate) fn follow_this_thread(&self) {
        RUNNING.set(self.clone());
    }

    /// What to print beside the message of a failure: nothing, if no seed runs.
    pub(crate) fn hint(&self) -> String {
        let seed = *self.0.lock().expect("nothing panics under this lock");
        seed.map(hint).unwrap_or_default()
    }

    fn set(&self, seed: Option<u64>) {
        *self.0.lock().expect("nothing panics under this lock") = seed;
    }
}

fn hint(seed: u64) -> String {
    format!("; the seed was {seed:#x}; repeat it alone with {VARIABLE}={seed:#x}")
}

struct PrintedOnPanic(u64);

impl Drop for PrintedOnPanic {
    #[expect(clippy::print_stderr, reason = "beside the message of the panic")]
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("a round failed{}", hint(self.0));
        }
    }
}

fn chosen() -> Option<u64> {
    let text = env::var(VARIABLE).ok()?;
    Some(parse(&text).unwrap_or_else(|| panic!("{VARIABLE} is no number: {text:?}")))
}

fn parse(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    //! The environment is the process's: changing it here would change it for other tests.

    use super::parse;

    #[test]
    fn a_seed_is_read_in_decimal_and_hexadecimal() {
        assert_eq!(parse("17"), Some(17));
        assert_eq!(parse("0x9e3779b97f4a7c15"), Some(0x9e37_79b9_7f4a_7c15));
        assert_eq!(parse("0xffffffffffffffff"), Some(u64::MAX));
        for nonsense in ["", "0x", "-1", "seventeen", "0x10000000000000000"] {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }
}
