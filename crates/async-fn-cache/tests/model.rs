//! Random programs against a naive model: which callers get which values, what is kept, and how
//! often loads are started.

mod support;

use async_clock::{Clock, ManualClock};
use async_fn_cache::{FnCache, Get, Keep, TryGetError, TtlFrom};
use fastrand::Rng;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use support::{Caller, Gate, nz};

const KEYS: u64 = 6;

/// Sends all keys to one place, or spreads them.
#[derive(Clone, Copy, Default)]
struct Hashers {
    collide: bool,
}

struct Hash(u64, bool);

impl BuildHasher for Hashers {
    type Hasher = Hash;

    fn build_hasher(&self) -> Hash {
        Hash(0, self.collide)
    }
}

impl Hasher for Hash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.1 {
            self.0 = 0;
        }
    }
}

type Cache = FnCache<u64, u64, ManualClock, Hashers>;

#[derive(Clone, Copy, Debug)]
struct Config {
    capacity: usize,
    ttl: Option<u64>,
    stale: u64,
    from: TtlFrom,
    /// Values divisible by this are not kept, those that leave 1 live half as long.
    rule: Option<u64>,
    collide: bool,
}

impl Config {
    fn random(rng: &mut Rng) -> Self {
        Self {
            capacity: rng.usize(1..=4),
            ttl: (rng.u8(..4) > 0).then(|| rng.u64(0..12)),
            stale: if rng.bool() { rng.u64(1..6) } else { 0 },
            from: if rng.bool() {
                TtlFrom::Start
            } else {
                TtlFrom::Completion
            },
            rule: rng.bool().then(|| rng.u64(2..5)),
            collide: rng.bool(),
        }
    }

    fn build(self, clock: &ManualClock) -> Cache {
        let builder = FnCache::builder()
            .capacity(nz(self.capacity))
            .stale_for(Duration::from_secs(self.stale))
            .ttl_from(self.from)
            .clock(clock.clone())
            .hasher(Hashers {
                collide: self.collide,
            });
        let builder = match self.ttl {
            Some(ttl) => builder.ttl(Duration::from_secs(ttl)),
            None => builder,
        };
        match self.rule {
            Some(divisor) => builder.keep(move |_, value| self.keep(divisor, *value)),
            None => builder,
        }
        .build()
    }

    fn keep(self, divisor: u64, value: u64) -> Keep {
        match value % divisor {
            0 => Keep::Not,
            1 => Keep::For(Duration::from_secs(self.ttl.unwrap_or(10) / 2)),
            _ => Keep::AsConfigured,
        }
    }

    /// From when to when a value serves, if it is kept; in seconds.
    #[expect(
        clippy::option_option,
        reason = "not kept, kept without end, or kept for a time"
    )]
    fn ttl_of(self, value: u64) -> Option<Option<u64>> {
        match self.rule.map(|divisor| self.keep(divisor, value)) {
            Some(Keep::Not) => None,
            Some(Keep::For(ttl)) => Some(Some(ttl.as_secs())),
            _ => Some(self.ttl),
        }
    }
}

/// What the model knows of a load.
struct Load {
    key: u64,
    value: u64,
    gate: Arc<Gate>,
    started: Option<u64>,
    callers: usize,
    open: bool,
    panics: bool,
    end: Option<Result<u64, ()>>,
}

/// What the model knows of a value that is there; the most recently used stand first.
#[expect(clippy::struct_field_names, reason = "its value is a value")]
struct Value {
    key: u64,
    value: u64,
    fresh: Option<u64>,
    until: Option<u64>,
}

#[derive(Default)]
struct Model {
    now: u64,
    loads: Vec<Load>,
    flying: HashMap<u64, usize>,
    there: Vec<Value>,
}

/// What a call finds.
enum Finds {
    Value(u64),
    Load(usize),
    Nothing,
}

impl Model {
    fn forget_the_old(&mut self) {
        let now = self.now;
        self.there
            .retain(|value| value.until.is_none_or(|until| now < until));
    }

    /// Makes a value that is there the most recently used.
    fn touch(&mut self, key: u64) -> Option<&Value> {
        self.forget_the_old();
        let at = self.there.iter().position(|value| value.key == key)?;
        let value = self.there.remove(at);
        self.there.insert(0, value);
        self.there.first()
    }

    fn find(&mut self, key: u64) -> Finds {
        let (now, flying) = (self.now, self.flying.get(&key).copied());
        match self.touch(key) {
            Some(there) if flying.is_some() || there.fresh.is_none_or(|fresh| now < fresh) => {
                Finds::Value(there.value)
            }
            Some(_) => Finds::Nothing,
            None => flying.map_or(Finds::Nothing, Finds::Load),
        }
    }

    fn put(&mut self, config: Config, key: u64, value: u64, ttl: Option<u64>, start: u64) {
        self.there.retain(|there| there.key != key);
        let fresh = ttl.map(|ttl| start + ttl);
        let until = fresh.map(|fresh| fresh + config.stale);
        self.there.insert(
            0,
            Value {
                key,
                value,
                fresh,
                until,
            },
        );
        self.forget_the_old();
        self.there.truncate(config.capacity);
    }

    fn land(&mut self, config: Config, load: usize) {
        let Load {
            key,
            value,
            panics,
            started,
            ..
        } = self.loads[load];
        self.loads[load].end = Some(if panics { Err(()) } else { Ok(value) });
        if self.flying.get(&key) != Some(&load) {
            return;
        }
        self.flying.remove(&key);
        if let (false, Some(ttl)) = (panics, config.ttl_of(value)) {
            let start = match config.from {
                TtlFrom::Completion => self.now,
                TtlFrom::Start => started.expect("it was polled"),
            };
            let over = ttl.is_some_and(|ttl| start + ttl + config.stale <= self.now);
            if !over {
                self.put(config, key, value, ttl, start);
            }
        }
    }
}

/// A caller and what the model expects of it.
struct Called {
    caller: Caller<Get<u64, u64>>,
    load: Result<u64, usize>,
    polled: bool,
}

struct Run<'a> {
    config: Config,
    clock: ManualClock,
    cache: Cache,
    model: Model,
    callers: Vec<Called>,
    next: u64,
    rng: &'a mut Rng,
}

impl Run<'_> {
    fn call(&mut self, key: u64, refresh: bool) {
        self.next += 1;
        let (value, gate) = (self.next, Gate::new());
        let load = gate.load("unused");
        let init = move || async move {
            load().await;
            value
        };
        let (get, finds) = if refresh {
            let flying = self.model.flying.get(&key).copied();
            let finds = flying.map_or(Finds::Nothing, Finds::Load);
            (self.cache.refresh_with(key, init), finds)
        } else {
            (self.cache.get_with(key, init), self.model.find(key))
        };
        let load = match finds {
            Finds::Value(value) => Ok(value),
            Finds::Load(load) => {
                self.model.loads[load].callers += 1;
                Err(load)
            }
            Finds::Nothing => {
                let load = self.model.loads.len();
                self.model.loads.push(Load {
                    key,
                    value,
                    gate,
                    started: None,
                    callers: 1,
                    open: false,
                    panics: false,
                    end: None,
                });
                self.model.flying.insert(key, load);
                Err(load)
            }
        };
        let caller = Caller::new(get);
        let polled = false;
        self.callers.push(Called {
            caller,
            load,
            polled,
        });
    }

    fn poll(&mut self, at: usize) {
        let Called {
            caller,
            load,
            polled,
        } = &mut self.callers[at];
        *polled = true;
        let expected = match *load {
            Ok(value) => Some(Ok(value)),
            Err(load) => {
                let now = self.model.now;
                let known = &mut self.model.loads[load];
                known.started = known.started.or(Some(now));
                if known.end.is_none() && known.open {
                    self.model.land(self.config, load);
                }
                self.model.loads[load].end
            }
        };
        match expected {
            None => caller.poll_pending(),
            Some(Ok(value)) => assert_eq!(caller.poll(), Poll::Ready(value)),
            Some(Err(())) => assert!(caller.poll_panicking().contains("blows up")),
        }
        if expected.is_some() {
            drop(self.callers.swap_remove(at));
        }
    }

    fn leave(&mut self, at: usize) {
        let Called { caller, load, .. } = self.callers.swap_remove(at);
        drop(caller);
        if let Err(load) = load {
            let known = &mut self.model.loads[load];
            known.callers -= 1;
            if known.callers == 0 && known.end.is_none() {
                let (key, drops) = (known.key, usize::from(known.started.is_some()));
                assert_eq!(known.gate.drops(), drops, "the last one takes it along");
                if self.model.flying.get(&key) == Some(&load) {
                    self.model.flying.remove(&key);
                }
            }
        }
    }

    fn open(&mut self, panics: bool) {
        let waiting: Vec<usize> = (0..self.model.loads.len())
            .filter(|at| !self.model.loads[*at].open)
            .collect();
        if waiting.is_empty() {
            return;
        }
        let at = waiting[self.rng.usize(..waiting.len())];
        let load = &mut self.model.loads[at];
        load.open = true;
        load.panics = panics;
        if panics {
            load.gate.blow_up();
        } else {
            load.gate.open();
        }
        let mut asleep = self
            .callers
            .iter()
            .filter(|called| called.load == Err(at) && called.polled)
            .peekable();
        if load.end.is_none() && asleep.peek().is_some() {
            assert!(
                asleep.any(|called| called.caller.wakes() > 0),
                "nobody was woken"
            );
        }
    }

    fn step(&mut self) {
        let key = self.rng.u64(..KEYS);
        match self.rng.u8(..26) {
            0..=5 => self.call(key, false),
            6 => self.call(key, true),
            7..=11 => {
                if !self.callers.is_empty() {
                    let at = self.rng.usize(..self.callers.len());
                    self.poll(at);
                }
            }
            12..=13 => {
                if !self.callers.is_empty() {
                    let at = self.rng.usize(..self.callers.len());
                    self.leave(at);
                }
            }
            14..=16 => self.open(false),
            17 => self.open(true),
            18 => {
                self.next += 1;
                let value = self.next;
                let before = self.model.touch(key).map(|there| there.value);
                assert_eq!(self.cache.insert(key, value), before);
                self.model.flying.remove(&key);
                let (config, now) = (self.config, self.model.now);
                let over = config.ttl.is_some_and(|ttl| ttl + config.stale == 0);
                if over {
                    self.model.there.retain(|there| there.key != key);
                } else {
                    self.model.put(config, key, value, config.ttl, now);
                }
            }
            19 => {
                self.model.forget_the_old();
                let was = self.model.there.len() + self.model.flying.len();
                self.model.there.retain(|there| there.key != key);
                self.model.flying.remove(&key);
                let is = self.model.there.len() + self.model.flying.len();
                assert_eq!(self.cache.invalidate(&key), was > is);
            }
            20 | 24 | 25 => {
                let by = self.rng.u64(0..6);
                self.clock.advance(Duration::from_secs(by));
                self.model.now += by;
            }
            21 => self.look(key),
            22 => {
                let odd = self.rng.bool();
                self.cache
                    .invalidate_if(|key, value| (key + value) % 2 == u64::from(odd));
                self.model
                    .there
                    .retain(|there| (there.key + there.value) % 2 != u64::from(odd));
                self.model.flying.clear();
            }
            _ => {
                if self.rng.u8(..8) == 0 {
                    self.cache.invalidate_all();
                    self.model.there.clear();
                    self.model.flying.clear();
                }
            }
        }
    }

    fn look(&mut self, key: u64) {
        let flying = self.model.flying.contains_key(&key);
        let expected = match self.model.touch(key) {
            Some(there) => Ok(there.value),
            None if flying => Err(TryGetError::InFlight),
            None => Err(TryGetError::Vacant),
        };
        assert_eq!(self.cache.try_get(&key), expected);
    }

    fn check(&mut self) {
        self.model.forget_the_old();
        let stats = self.cache.stats();
        assert_eq!(stats.in_flight, self.model.flying.len());
        assert!(stats.len >= self.model.there.len() && stats.len <= self.config.capacity);
        let ended = stats.landed + stats.panicked + stats.deserted;
        let alive = |load: &&Load| load.end.is_none() && load.callers > 0;
        let alive = self.model.loads.iter().filter(alive).count();
        assert_eq!(stats.loads - ended, alive as u64);
        assert_eq!(stats.loads, self.model.loads.len() as u64);
    }
}

#[test]
fn random_programs_agree_with_the_model() {
    testkit::within_seconds(120, || {
        testkit::with_seeds(400, |rng| {
            let (config, clock) = (Config::random(rng), ManualClock::new());
            let epoch: Instant = clock.now();
            let mut run = Run {
                config,
                cache: config.build(&clock),
                clock,
                model: Model::default(),
                callers: Vec::new(),
                next: 0,
                rng,
            };
            for _ in 0..600 {
                run.step();
                run.check();
            }
            for key in 0..KEYS {
                run.look(key);
            }
            while !run.callers.is_empty() {
                run.leave(0);
            }
            run.check();
            for load in &run.model.loads {
                let started = usize::from(load.started.is_some());
                assert_eq!((load.gate.starts(), load.gate.drops()), (started, started));
            }
            let passed = run.clock.now() - epoch;
            assert_eq!(passed, Duration::from_secs(run.model.now));
        });
    });
}
