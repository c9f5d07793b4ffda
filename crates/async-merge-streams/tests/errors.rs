//! What happens when a source fails: the modes against a reference.

mod support;

use async_merge_streams::{MergeErrors, OnError, try_merge};
use std::collections::VecDeque;
use std::error::Error;
use std::task::{Context, Poll};

use support::{Boxed, FromFn, Source, poll, ready, tap, taps};
use testkit::{CountWaker, Drops};

type Outcome = Result<u32, u32>;

#[test]
fn raise_gives_what_is_ready_then_the_error_then_the_end() {
    let (taps, sources) = taps::<Outcome>(4);
    let mut merge = try_merge(sources);
    taps[1].send(Ok(10));
    taps[1].send(Err(11));
    taps[1].send(Ok(12));
    taps[2].send(Ok(20));
    taps[2].send(Ok(21));
    taps[2].send(Ok(22));
    taps[3].send(Err(30));
    assert_eq!(ready(&mut merge), Some(Ok(10)));
    assert_eq!(ready(&mut merge), Some(Ok(20)));
    // Source 3 fails; 1 and 2 are asked once more, and 1 fails too.
    assert_eq!(ready(&mut merge), Some(Ok(21)));
    let errors = ready(&mut merge).unwrap().unwrap_err();
    let errors: Vec<_> = errors.into_iter().map(|(i, e)| (i.position(), e)).collect();
    assert_eq!(errors, [(1, 11), (3, 30)]);
    assert_eq!(ready(&mut merge), None);
    assert_eq!(ready(&mut merge), None);
    assert!(merge.get_ref().is_empty());
}

#[test]
fn raise_asks_one_that_was_woken_in_this_very_moment() {
    let (taps, sources) = taps::<Outcome>(3);
    let mut merge = try_merge(sources);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    taps[2].send(Err(7));
    taps[0].send(Ok(1));
    assert_eq!(ready(&mut merge), Some(Ok(1)));
    // Woken while the others have their turns.
    taps[1].send(Ok(2));
    assert_eq!(ready(&mut merge), Some(Ok(2)));
    assert!(ready(&mut merge).unwrap().is_err());
    assert_eq!((ready(&mut merge), count.wakes()), (None, 1));
}

#[test]
fn raise_drops_the_sources_with_the_error() {
    let drops = Drops::new();
    let idle = || -> Boxed<Outcome> {
        let alive = drops.item();
        Box::pin(FromFn(move |_: &mut Context<'_>| {
            let _alive = &alive;
            Poll::Pending
        }))
    };
    let (failing, source) = tap();
    let mut merge = try_merge([idle(), Box::pin(source), idle()]);
    let (_, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!(drops.live(), 2);
    failing.send(Err(1));
    assert!(ready(&mut merge).unwrap().is_err());
    assert_eq!(drops.live(), 0);
    assert!(merge.get_ref().is_empty());
}

#[test]
fn after_the_end_a_new_source_gives_again() {
    for mode in [OnError::Raise, OnError::Delay] {
        let mut merge = try_merge(std::iter::empty()).errors(mode);
        for round in 0..3 {
            let (failing, source) = tap::<Outcome>();
            merge.get_mut().push(source);
            failing.send(Ok(round));
            failing.send(Err(round));
            assert_eq!(ready(&mut merge), Some(Ok(round)), "{mode:?}");
            let errors = ready(&mut merge).unwrap().unwrap_err();
            assert_eq!(errors.into_inner().pop().unwrap().1, round, "{mode:?}");
            assert_eq!(ready(&mut merge), None, "{mode:?}");
        }
    }
}

#[test]
fn delay_gives_all_errors_in_the_order_of_their_sources() {
    let (taps, sources) = taps::<Outcome>(3);
    let mut merge = try_merge(sources).errors(OnError::Delay);
    let (count, waker) = CountWaker::new();
    taps[2].send(Err(20));
    assert!(poll(&mut merge, &waker).is_pending());
    // One that is added later and fails sooner takes the place of the one that failed.
    let (late, source) = tap();
    assert_eq!(merge.get_mut().push(source).position(), 2);
    late.send(Err(30));
    assert!(poll(&mut merge, &waker).is_pending());
    taps[1].send(Ok(10));
    taps[1].close();
    assert_eq!(ready(&mut merge), Some(Ok(10)));
    taps[0].send(Err(0));
    let errors = ready(&mut merge).unwrap().unwrap_err();
    let errors: Vec<u32> = errors.iter().map(|(_, error)| *error).collect();
    assert_eq!(errors, [0, 20, 30]);
    assert_eq!(ready(&mut merge), None);
    assert!(count.wakes() > 0);
}

#[test]
fn an_error_that_was_noted_is_not_lost_when_the_mode_changes() {
    let (taps, sources) = taps::<Outcome>(3);
    let mut merge = try_merge(sources).errors(OnError::Delay);
    taps[0].send(Err(1));
    let (_, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    let mut seen = Vec::new();
    let mut merge = merge.suppress(|index, error| seen.push((index.position(), error)));
    taps[1].send(Err(2));
    taps[2].send(Ok(3));
    assert_eq!(ready(&mut merge), Some(3));
    drop(merge);
    assert_eq!(seen, [(0, 1), (1, 2)]);
}

#[test]
fn suppress_after_the_first_error_of_raise_forgets_nobody() {
    let (taps, sources) = taps::<Outcome>(4);
    let mut merge = try_merge(sources);
    for (value, tap) in (0..).zip(&taps) {
        tap.send(if value == 0 { Err(0) } else { Ok(value) });
        tap.send(Ok(10 + value));
    }
    // Source 0 fails, and 1 is asked.
    assert_eq!(ready(&mut merge), Some(Ok(1)));
    let mut errors = Vec::new();
    let mut merge = merge.suppress(|_, error| errors.push(error));
    let values: Vec<_> = (0..5).map(|_| ready(&mut merge).unwrap()).collect();
    assert_eq!(values, [2, 3, 11, 12, 13]);
    drop(merge);
    assert_eq!(errors, [0]);
}

#[test]
fn the_message_is_that_of_the_first_error() {
    let fail = |errors: &[&str]| -> MergeErrors<String> {
        let sources = errors.iter().map(|error| {
            let (tap, source) = tap::<Result<(), String>>();
            tap.send(Err((*error).to_string()));
            source
        });
        let mut merge = try_merge(sources);
        ready(&mut merge).unwrap().unwrap_err()
    };
    assert_eq!(fail(&["a"]).to_string(), "a");
    assert_eq!(fail(&["a", "b", "c"]).to_string(), "a (and 2 more)");
    let boxed: Box<dyn Error> = Box::new(fail(&["a"]));
    assert_eq!(boxed.to_string(), "a");
}

/// What a mode is supposed to give for sources that have all their outcomes ready and then end:
/// a naive round after round.
fn reference(mode: OnError, scripts: &[Vec<Outcome>]) -> (Vec<u32>, Vec<(usize, u32)>) {
    let mut left: Vec<Option<VecDeque<Outcome>>> = scripts
        .iter()
        .map(|s| Some(s.iter().copied().collect()))
        .collect();
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    while left.iter().any(Option::is_some) {
        for source in 0..left.len() {
            let Some(outcomes) = &mut left[source] else {
                continue;
            };
            match outcomes.pop_front() {
                Some(Ok(value)) => values.push(value),
                Some(Err(error)) => {
                    errors.push((source, error));
                    left[source] = None;
                }
                None => left[source] = None,
            }
            if mode == OnError::Raise && !errors.is_empty() {
                // All that are left are asked once more, and that is all.
                for (source, outcomes) in left.iter_mut().enumerate() {
                    match outcomes.as_mut().and_then(VecDeque::pop_front) {
                        Some(Ok(value)) => values.push(value),
                        Some(Err(error)) => errors.push((source, error)),
                        None => {}
                    }
                }
                errors.sort_unstable();
                return (values, errors);
            }
        }
    }
    errors.sort_unstable();
    (values, errors)
}

/// Sources that have all their outcomes ready.
fn sources(scripts: &[Vec<Outcome>]) -> Vec<Source<Outcome>> {
    let (taps, sources) = taps(scripts.len());
    for (tap, script) in taps.iter().zip(scripts) {
        for outcome in script {
            tap.send(*outcome);
        }
        tap.close();
    }
    sources
}

#[test]
fn each_mode_gives_what_the_reference_says() {
    testkit::with_seeds(2000, |rng| {
        let mut value = 0;
        let mut outcome = |rng: &mut fastrand::Rng| {
            value += 1;
            if rng.u8(..8) == 0 {
                Err(value)
            } else {
                Ok(value)
            }
        };
        let scripts: Vec<Vec<Outcome>> = (0..rng.usize(..8))
            .map(|_| (0..rng.usize(..6)).map(|_| outcome(rng)).collect())
            .collect();
        for mode in [OnError::Raise, OnError::Delay] {
            let mut merge = try_merge(sources(&scripts)).errors(mode);
            let (mut values, mut errors) = (Vec::new(), Vec::new());
            while let Some(item) = ready(&mut merge) {
                assert!(errors.is_empty(), "{mode:?}: {item:?} after an error");
                match item {
                    Ok(value) => values.push(value),
                    Err(all) => {
                        errors = all.into_iter().map(|(i, e)| (i.position(), e)).collect();
                    }
                }
            }
            assert_eq!((values, errors), reference(mode, &scripts), "{mode:?}");
        }
        let mut errors = Vec::new();
        let mut merge =
            try_merge(sources(&scripts)).suppress(|i, error| errors.push((i.position(), error)));
        let mut values = Vec::new();
        while let Some(value) = ready(&mut merge) {
            values.push(value);
        }
        drop(merge);
        errors.sort_unstable();
        assert_eq!((values, errors), reference(OnError::Delay, &scripts));
    });
}
