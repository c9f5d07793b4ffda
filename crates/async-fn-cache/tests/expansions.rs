//! What an attribute on an async function would expand to, written by hand.

use async_fn_cache::FnCache;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_lite::future::block_on;

/// What a lookup of nobody ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchUser(u64);

type Greeting = Result<String, NoSuchUser>;

static CALLS: AtomicU32 = AtomicU32::new(0);

/// `#[fn_cache(static = GREETINGS, capacity = 1024, ttl = "5m")]`
/// `async fn greet(id: u64, language: &str) -> Greeting`
static GREETINGS: LazyLock<FnCache<(u64, String), Greeting>> = LazyLock::new(|| {
    FnCache::builder()
        .capacity(NonZeroUsize::new(1024).unwrap())
        .ttl(Duration::from_secs(300))
        .evict_errors()
        .build()
});

async fn greet(id: u64, language: &str) -> Greeting {
    let get = {
        let key = (id, language.to_owned());
        let language = language.to_owned();
        GREETINGS.get_with(key, move || async move {
            let language: &str = &language;
            CALLS.fetch_add(1, Ordering::SeqCst);
            futures_lite::future::yield_now().await;
            if id == 0 {
                return Err(NoSuchUser(id));
            }
            Ok(format!("{language} {id}"))
        })
    };
    get.await
}

/// `#[fn_cache(key(u64 = id))]`, without a name for the static.
async fn by_key(id: u64, trace: &str) -> String {
    static CACHE: LazyLock<FnCache<u64, String>> = LazyLock::new(|| FnCache::builder().build());
    let get = {
        let key = id;
        let trace = trace.to_owned();
        CACHE.get_with(key, move || async move {
            let trace: &str = &trace;
            format!("{id}, loaded by {trace}")
        })
    };
    get.await
}

/// `#[fn_cache(keep_errors_for = "30s")]`
async fn keeps_errors(id: u64) -> Result<u64, u32> {
    static CACHE: LazyLock<FnCache<u64, Result<u64, u32>>> = LazyLock::new(|| {
        FnCache::builder()
            .cache_errors(Duration::from_secs(30))
            .build()
    });
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let get = CACHE.get_with(id, move || async move {
        Err(CALLS.fetch_add(1, Ordering::SeqCst))
    });
    get.await
}

fn assert_send<F: Send>(future: F) -> F {
    future
}

#[test]
fn a_function_with_borrowed_arguments_is_cached_by_their_owned_forms() {
    for _ in 0..3 {
        assert_eq!(block_on(assert_send(greet(1, "en"))), Ok("en 1".to_owned()));
        assert_eq!(block_on(assert_send(greet(1, "de"))), Ok("de 1".to_owned()));
        assert_eq!(block_on(assert_send(greet(0, "en"))), Err(NoSuchUser(0)));
    }
    assert_eq!(CALLS.load(Ordering::SeqCst), 2 + 3);
    assert!(GREETINGS.invalidate(&(1, "en".to_owned())));
    assert_eq!(GREETINGS.stats().len, 1);
}

#[test]
fn a_key_may_be_less_than_the_arguments() {
    assert_eq!(block_on(assert_send(by_key(7, "a"))), "7, loaded by a");
    assert_eq!(block_on(assert_send(by_key(7, "b"))), "7, loaded by a");
}

#[test]
fn errors_may_be_kept() {
    assert_eq!(block_on(assert_send(keeps_errors(7))), Err(0));
    assert_eq!(block_on(assert_send(keeps_errors(7))), Err(0));
}
