//! The judge is judged: what the site's log calls polite.

use std::time::{Duration, Instant};

use linkcheck::politeness::Lock;
use linkcheck::site::{Imposed, Log, Seen};

const MS: Duration = Duration::from_millis(1);

fn seen(start: Instant, sent: u32, arrived: u32) -> Seen {
    Seen {
        id: None,
        path: "/".to_owned(),
        arrived: start + MS * arrived,
        sent: Some(start + MS * sent),
    }
}

#[test]
fn windows_are_half_open() {
    let start = Instant::now();
    let log = Log {
        requests: [0, 10, 20, 100, 110].map(|at| seen(start, at, at)).into(),
        imposed: Vec::new(),
    };
    for (per, most) in [
        (1, 1),
        (10, 1),
        (11, 2),
        (20, 2),
        (21, 3),
        (100, 3),
        (101, 4),
        (111, 5),
    ] {
        assert_eq!(log.busiest_window(MS * per), most, "{per} ms");
    }
    assert_eq!(Log::default().busiest_window(MS), 0);
}

/// The server locks from 100 to 200, the client has read that at 105.
#[test]
fn a_request_is_excused_only_if_it_was_sent_before_the_client_could_know() {
    let start = Instant::now();
    let lock = Lock {
        request: 7,
        from: start + MS * 105,
        until: start + MS * 205,
    };
    let imposed = Imposed {
        id: Some(7),
        answered: start + MS * 100,
        until: start + MS * 200,
    };
    let judge = |sent, arrived, locks: &[Lock]| {
        let log = Log {
            requests: vec![seen(start, sent, arrived)],
            imposed: vec![imposed],
        };
        let lockouts = log.lockouts(locks);
        (lockouts.under_way, lockouts.violations)
    };
    for (sent, arrived, under_way, violations) in [
        (90, 99, 0, 0),
        (90, 100, 1, 0),
        (104, 106, 1, 0),
        (104, 199, 1, 0),
        (104, 200, 0, 0),
        (105, 106, 0, 1),
        (150, 150, 0, 1),
        // The server would have taken it; but the client's own lock was still in force.
        (204, 204, 0, 1),
        (205, 205, 0, 0),
    ] {
        let verdict = judge(sent, arrived, &[lock]);
        assert_eq!(
            verdict,
            (under_way, violations),
            "sent {sent}, arrived {arrived}"
        );
    }
    // Who does not lock at all has no excuse.
    assert_eq!(judge(90, 150, &[]), (0, 1));
    assert_eq!(judge(90, 99, &[]), (0, 0));
}
