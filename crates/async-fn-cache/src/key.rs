//! What a wrapped function's arguments are found by.

use std::fmt;

/// What a wrapped function's arguments are found by.
///
/// It is implemented for [`ByArgs`] and [`By`], and can't be for others.
///
/// # Examples
///
/// ```
/// use async_fn_cache::{By, ByArgs, KeyOf};
///
/// fn key_size<A, N: KeyOf<A>>(_found_by: &N) -> usize {
///     size_of::<N::Key>()
/// }
///
/// assert_eq!(key_size::<u64, ByArgs>(&ByArgs), 8);
/// ```
#[expect(private_bounds, reason = "sealed")]
pub trait KeyOf<A>: Find<A, Self::Key> {
    /// The type of the keys.
    type Key;
}

/// The arguments are the key, and are cloned when they have to be loaded.
///
/// # Examples
///
/// ```
/// use async_fn_cache::{ByArgs, CachedFn, FnCache};
/// use std::future::{Ready, ready};
///
/// let square: CachedFn<u64, u64, fn(u64) -> Ready<u64>, ByArgs> =
///     FnCache::builder().wrap_value(|n| ready(n * n));
/// assert_eq!(square.get_blocking(7), 49);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ByArgs;

/// The key is made of the arguments by a function; see [`FnCacheBuilder::key`].
///
/// [`FnCacheBuilder::key`]: crate::FnCacheBuilder::key
///
/// # Examples
///
/// ```
/// use async_fn_cache::{By, CachedFn, FnCache};
/// use std::future::{Ready, ready};
///
/// type Args = (u64, &'static str);
/// type Greet = fn(Args) -> Ready<String>;
///
/// // Whoever greets first is remembered.
/// let greet: CachedFn<Args, String, Greet, By<fn(&Args) -> u64>> = FnCache::builder()
///     .key((|(user, _)| *user) as fn(&Args) -> u64)
///     .wrap_value(|(user, greeting)| ready(format!("{greeting} {user}")));
/// assert_eq!(greet.get_blocking((7, "hello")), "hello 7");
/// assert_eq!(greet.get_blocking((7, "goodbye")), "hello 7");
/// ```
#[derive(Clone, Copy)]
pub struct By<G>(pub(crate) G);

/// A key that is borrowed from the arguments, or made of them.
pub(crate) enum Found<'a, K> {
    Borrowed(&'a K),
    Made(K),
}

pub(crate) trait Find<A, K> {
    fn find<'a>(&self, args: &'a A) -> Found<'a, K>;

    fn own(found: Found<'_, K>) -> K;
}

impl<K> Found<'_, K> {
    pub(crate) fn get(&self) -> &K {
        match self {
            Self::Borrowed(key) => key,
            Self::Made(key) => key,
        }
    }
}

impl<A: Clone> KeyOf<A> for ByArgs {
    type Key = A;
}

impl<A: Clone> Find<A, A> for ByArgs {
    #[inline]
    fn find<'a>(&self, args: &'a A) -> Found<'a, A> {
        Found::Borrowed(args)
    }

    #[inline]
    fn own(found: Found<'_, A>) -> A {
        match found {
            Found::Borrowed(args) => args.clone(),
            Found::Made(args) => args,
        }
    }
}

impl<A, K, G: Fn(&A) -> K> KeyOf<A> for By<G> {
    type Key = K;
}

impl<A, K, G: Fn(&A) -> K> Find<A, K> for By<G> {
    #[inline]
    fn find<'a>(&self, args: &'a A) -> Found<'a, K> {
        Found::Made(self.0(args))
    }

    #[inline]
    fn own(found: Found<'_, K>) -> K {
        match found {
            Found::Made(key) => key,
            Found::Borrowed(_) => unreachable!("every key was made"),
        }
    }
}

impl<G> fmt::Debug for By<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("By").finish_non_exhaustive()
    }
}
