//! The default hasher.

use core::fmt;
use core::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The hasher of maps for which none is named: fast, and seeded at random, per map.
///
/// It is `foldhash`'s fast one, as in `hashbrown`: collisions can't be had by chance or by the
/// pattern of the keys, but somebody who sees the order or the timing of many operations may learn
/// to produce them.
/// For keys that an adversary chooses, `std::hash::RandomState` is the safer hasher.
///
/// # Examples
///
/// ```
/// use async_lru::{DefaultHashBuilder, LruCache};
/// use std::num::NonZeroUsize;
///
/// let capacity = NonZeroUsize::new(10).unwrap();
/// let mut cache = LruCache::with_hasher(capacity, DefaultHashBuilder::default());
/// let _ = cache.insert(1, "one");
/// assert_eq!(cache.get(&1), Some(&"one"));
/// ```
#[derive(Clone, Default)]
pub struct DefaultHashBuilder(RandomState);

/// The [`Hasher`] of [`DefaultHashBuilder`].
///
/// # Examples
///
/// ```
/// use async_lru::DefaultHashBuilder;
/// use std::hash::BuildHasher;
///
/// let hashers = DefaultHashBuilder::default();
/// assert_eq!(hashers.hash_one("key"), hashers.hash_one("key"));
/// ```
#[derive(Clone)]
pub struct DefaultHasher(<RandomState as BuildHasher>::Hasher);

impl BuildHasher for DefaultHashBuilder {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher(self.0.build_hasher())
    }
}

macro_rules! pass_on {
    ($($write:ident $type:ty;)*) => {$(
        #[inline]
        fn $write(&mut self, value: $type) {
            self.0.$write(value);
        }
    )*};
}

impl Hasher for DefaultHasher {
    pass_on! {
        write &[u8];
        write_u8 u8;
        write_u16 u16;
        write_u32 u32;
        write_u64 u64;
        write_u128 u128;
        write_usize usize;
        write_i8 i8;
        write_i16 i16;
        write_i32 i32;
        write_i64 i64;
        write_i128 i128;
        write_isize isize;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

// Neither shows its seed.
impl fmt::Debug for DefaultHashBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultHashBuilder").finish_non_exhaustive()
    }
}

impl fmt::Debug for DefaultHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultHasher").finish_non_exhaustive()
    }
}
