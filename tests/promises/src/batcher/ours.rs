//! async-waterfall, with its driver beside the callers.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use async_waterfall::{Batch, Waterfall};

use super::{Batcher, Failed, Replied, Work};
use crate::measure::let_them_wait;
use crate::outcome::Outcome;
use crate::polling::{Boxed, Task};

pub(crate) struct Ours {
    waterfall: Waterfall<usize, usize, Failed>,
    driver: RefCell<Task<'static, ()>>,
}

impl Batcher for Ours {
    fn new(items: usize, wait: Duration, work: Work) -> Self {
        let items = NonZeroUsize::new(items).expect("at least one");
        let work = move |batch: Batch<usize>| work(batch.collect());
        let (waterfall, driver) = Waterfall::builder(items, wait).build(work);
        Self {
            waterfall,
            driver: RefCell::new(Task::new(Box::pin(driver))),
        }
    }

    fn submit(&self, item: usize) -> Boxed<'_, Replied> {
        let submit = self.waterfall.submit(item);
        Box::pin(async { submit.await.map_err(|_| Failed) })
    }

    fn pass(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut driver = self.driver.borrow_mut();
        loop {
            driver.run_if_woken();
            if Instant::now() >= until {
                return;
            }
            let_them_wait(Duration::from_millis(1).min(time));
        }
    }

    fn close(&self) -> Outcome {
        self.waterfall.close();
        Ok(())
    }
}
