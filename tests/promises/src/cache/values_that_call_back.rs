//! Values and loads are foreign code when they are dropped: they may call the cache.

use std::sync::Arc;

use super::load::Source;
use super::{Cache, KEY, call, callback};
use crate::item::Item;
use crate::outcome::{Outcome, ensure, lacks};
use crate::polling::Task;

pub(super) fn overwritten<C: Cache>() -> Outcome {
    let cache = Arc::new(C::new());
    let callback = callback(&cache);
    cache.insert(KEY, Arc::new(Item::calling(callback)))?;
    callback.arm();
    cache.insert(KEY, Arc::new(Item::new(2)))?;
    callback.disarm();
    if callback.calls() == 0 {
        return lacks("drop of the value then");
    }
    Ok(())
}

pub(super) fn invalidated<C: Cache>() -> Outcome {
    let cache = Arc::new(C::new());
    cache.kept(KEY)?;
    let callback = callback(&cache);
    let calling = Arc::new(Item::calling(callback));
    drop(Task::new(cache.get(KEY, Box::pin(async { Ok(calling) }))));
    ensure!(cache.kept(KEY)?.is_some(), "a loaded value is not kept");
    callback.arm();
    cache.invalidate(KEY)?;
    callback.disarm();
    if callback.calls() == 0 {
        return lacks("drop of the value then");
    }
    Ok(())
}

pub(super) fn evicted<C: Cache>() -> Outcome {
    const VALUES: u64 = 8;
    let cache = Arc::new(C::bounded(8)?);
    let callback = callback(&cache);
    callback.arm();
    for key in 0..100 * VALUES {
        cache.insert(key, Arc::new(Item::calling(callback)))?;
    }
    callback.disarm();
    if callback.calls() == 0 {
        return lacks("drop of the value then");
    }
    Ok(())
}

pub(super) fn abandoned<C: Cache>() -> Outcome {
    let cache = Arc::new(C::new());
    let callback = callback(&cache);
    let source = Source::new();
    let caller = Task::new(call(&*cache, source.load_calling(callback)));
    callback.arm();
    drop(caller);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not dropped");
    Ok(())
}
