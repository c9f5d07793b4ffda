//! A process for each probe: a crash, a hang or a deadlock is a finding and ends nothing else.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::outcome::Verdict;
use crate::primitive::{Contender, Primitive, Promise};

/// A probe takes less than a second, its race apart; one that takes so long does not end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long races are tried.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// The time of one attempt.
    pub(crate) race: Duration,
    /// Each in a new process; the first that finds something is the last.
    attempts: usize,
    /// What a child process is told of it.
    flag: Option<&'static str>,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        race: Duration::from_secs(1),
        attempts: 3,
        flag: None,
    };

    pub(crate) const QUICK: Self = Self {
        race: Duration::from_millis(50),
        attempts: 1,
        flag: Some("--quick"),
    };
}

/// How many probes without races run at the same time: those that don't end mostly sleep.
const BESIDE_EACH_OTHER: usize = 4;

/// What one probe found.
pub(crate) struct Finding<'a> {
    cell: Cell<'a>,
    verdict: Verdict,
}

/// Where in the tables it stands.
#[derive(Clone, Copy)]
struct Cell<'a> {
    primitive: &'a Primitive,
    promise: &'a Promise,
    contender: &'a Contender,
}

impl Finding<'_> {
    /// As `cargo xtask promises` reads it, with tabs between the parts.
    pub(crate) fn line(&self) -> String {
        let Cell {
            primitive,
            promise,
            contender,
        } = self.cell;
        let side = if contender.ours { "ours" } else { "peer" };
        let race = promise.probe.is_race();
        let kind = if race { "race" } else { "steps" };
        [
            primitive.name,
            promise.file,
            kind,
            promise.says,
            contender.name,
            contender.package,
            side,
            &self.verdict.line(),
        ]
        .join("\t")
    }
}

/// Runs all probes, the races alone and after the others, and returns the findings in the order of
/// the tables.
pub(crate) fn observe_all(primitives: &[Primitive], effort: Effort) -> Vec<Finding<'_>> {
    let cells: Vec<Cell<'_>> = primitives.iter().flat_map(cells).collect();
    let verdicts: Vec<OnceLock<Verdict>> = cells.iter().map(|_| OnceLock::new()).collect();
    let look = |at: usize| {
        verdicts[at].get_or_init(|| cells[at].verdict(effort));
    };
    let (races, steps): (Vec<usize>, Vec<usize>) =
        (0..cells.len()).partition(|at| cells[*at].promise.probe.is_race());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..BESIDE_EACH_OTHER {
            scope.spawn(|| {
                while let Some(at) = steps.get(next.fetch_add(1, Ordering::SeqCst)) {
                    look(*at);
                }
            });
        }
    });
    races.into_iter().for_each(look);
    let found = cells.iter().zip(verdicts);
    found
        .map(|(cell, verdict)| Finding {
            cell: *cell,
            verdict: verdict.into_inner().expect("each was looked at"),
        })
        .collect()
}

/// The cells of one table, row by row.
fn cells(primitive: &Primitive) -> impl Iterator<Item = Cell<'_>> {
    let columns = &primitive.contenders;
    let rows = columns.first().map_or(0, |first| first.promises.len());
    (0..rows).flat_map(move |row| {
        columns.iter().map(move |contender| Cell {
            primitive,
            promise: &contender.promises[row],
            contender,
        })
    })
}

impl Cell<'_> {
    fn verdict(&self, effort: Effort) -> Verdict {
        let once = || observe(&mut self.command(effort), effort);
        if !self.promise.probe.is_race() {
            return once();
        }
        let attempts = (0..effort.attempts).map(|_| once());
        let mut attempts = attempts.skip_while(|verdict| *verdict == Verdict::Kept);
        attempts.next().unwrap_or(Verdict::Kept)
    }

    /// This program once more, for this probe alone.
    fn command(&self, effort: Effort) -> Command {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(effort.flag).arg("--probe");
        command.args([self.primitive.name, self.contender.name]);
        command.args([self.promise.file, self.promise.name]);
        command
    }
}

/// Waits for the program to end by itself, but not for ever, and returns what it found.
fn observe(command: &mut Command, effort: Effort) -> Verdict {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process for the probe");
    let mut output = child.stdout.take().expect("it is piped");
    let (sender, ended) = channel();
    thread::spawn(move || {
        // Until the process ends, by itself or by force.
        let mut said = String::new();
        let read = output.read_to_string(&mut said);
        // Nobody listens once the patience is at its end.
        let _ = sender.send(read.map(|_| said).unwrap_or_default());
    });
    let Ok(said) = ended.recv_timeout(PATIENCE + effort.race) else {
        return match child.kill().and_then(|()| child.wait()) {
            Ok(_) => Verdict::Broken("deadlock".to_owned()),
            Err(error) => Verdict::Broken(format!("does not end: {error}")),
        };
    };
    let status = child.wait().expect("it has ended its output");
    match Verdict::parse(said.trim_end_matches('\n')) {
        Some(verdict) if status.success() => verdict,
        _ => Verdict::Broken(told(status)),
    }
}

/// The signal, as it is called, or the number that the program ended with.
fn told(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        match status.signal() {
            Some(4) => return "SIGILL".to_owned(),
            Some(6) => return "SIGABRT".to_owned(),
            Some(8) => return "SIGFPE".to_owned(),
            Some(11) => return "SIGSEGV".to_owned(),
            Some(other) => return format!("signal {other}"),
            None => {}
        }
    }
    status.to_string()
}
