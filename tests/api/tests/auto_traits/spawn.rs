//! async-spawn.

use super::*;
use async_spawn::Panic;

assert_auto_traits! {
    Panic: Send Sync Unpin Clone !Copy Debug Display StdError;
}
