//! The payload of a panic, as a value.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

/// A panic that was caught: its message for everybody, its payload for the first who asks.
///
/// Clones are cheap and share the payload, so each of those who waited for the task that panicked
/// can have one.
/// `Send` and `Sync`, although payloads are only `Send`.
///
/// A payload that nobody takes is dropped with the last clone; if that drop panics in turn, that
/// panic ends there.
///
/// # Examples
///
/// ```
/// use async_spawn::Panic;
///
/// let caught = Panic::catch(|| -> u32 { panic!("no such row: {}", 7) }).unwrap_err();
/// let shared = caught.clone();
/// assert_eq!(shared.message(), Some("no such row: 7"));
/// assert_eq!(caught.to_string(), "panicked: no such row: 7");
/// ```
#[derive(Clone)]
pub struct Panic(Arc<Inner>);

struct Inner {
    /// Copied out of the payload, so that it is there for all.
    message: Option<Cow<'static, str>>,
    /// `None` once somebody took it.
    payload: Mutex<Option<Payload>>,
}

type Payload = Box<dyn Any + Send>;

impl Panic {
    /// Wraps what [`std::panic::catch_unwind`] or [`std::thread::JoinHandle::join`] returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_spawn::Panic;
    ///
    /// let payload = std::thread::spawn(|| panic!("gone")).join().unwrap_err();
    /// assert_eq!(Panic::new(payload).message(), Some("gone"));
    /// ```
    #[must_use]
    pub fn new(payload: Payload) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
            Some(Cow::Borrowed(*text))
        } else {
            let text = payload.downcast_ref::<String>();
            text.map(|text| Cow::Owned(text.clone()))
        };
        let payload = Mutex::new(Some(payload));
        Self(Arc::new(Inner { message, payload }))
    }

    /// Calls `f` and catches its panic.
    ///
    /// What `f` has left half-done is for the caller to judge, as with
    /// [`AssertUnwindSafe`].
    ///
    /// # Errors
    ///
    /// The panic of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_spawn::Panic;
    ///
    /// assert_eq!(Panic::catch(|| 7).unwrap(), 7);
    /// assert!(Panic::catch(|| panic!()).is_err());
    /// ```
    pub fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Self> {
        panic::catch_unwind(AssertUnwindSafe(f)).map_err(Self::new)
    }

    /// Lends the message, if the panic had one: the text of `panic!`, as almost every panic has.
    ///
    /// It stays when the payload is taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_spawn::Panic;
    ///
    /// let caught = Panic::catch(|| std::panic::panic_any(404)).unwrap_err();
    /// assert_eq!(caught.message(), None); // a number is no text
    /// ```
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Takes the payload; `None` if a clone was asked before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_spawn::Panic;
    ///
    /// let caught = Panic::catch(|| std::panic::panic_any(404)).unwrap_err();
    /// let clone = caught.clone();
    /// assert_eq!(*caught.into_payload().unwrap().downcast::<i32>().unwrap(), 404);
    /// assert!(clone.into_payload().is_none());
    /// ```
    pub fn into_payload(self) -> Option<Box<dyn Any + Send>> {
        self.0.take()
    }

    /// Lets the panic go on in this thread, without calling the panic hook again.
    ///
    /// If the payload was taken before, the message goes on in its place.
    ///
    /// # Panics
    ///
    /// Always.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_spawn::Panic;
    ///
    /// let caught = Panic::catch(|| panic!("gone")).unwrap_err();
    /// let again = Panic::catch(|| caught.resume()).unwrap_err();
    /// assert_eq!(again.message(), Some("gone"));
    /// ```
    pub fn resume(self) -> ! {
        let payload = self.0.take().unwrap_or_else(|| match &self.0.message {
            Some(message) => Box::new(message.clone().into_owned()),
            None => Box::new("a panic whose payload was taken"),
        });
        panic::resume_unwind(payload)
    }
}

impl Inner {
    fn take(&self) -> Option<Payload> {
        // Nothing panics under this lock, so it is poisoned by nobody.
        let mut payload = self.payload.lock().unwrap_or_else(PoisonError::into_inner);
        payload.take()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let payload = self.take();
        if let Err(worse) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // A payload that panics when dropped, and so may the payload of that: it ends here.
            mem::forget(worse);
        }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "panicked: {message}"),
            None => f.write_str("panicked"),
        }
    }
}

impl Error for Panic {}
