//! Runs each promise of the family against ours and the peers, each in a process of its own.
//!
//! `README.md` says how a peer or a promise is added; `cargo xtask promises` writes what comes out
//! into `PROMISES.md`.
//!
//! ```text
//! promises [--ours] [--race-ms N] [FILTER]
//!     one line per finding, for those contenders whose name contains FILTER;
//!     fails if one of ours breaks a promise
//! promises --list
//!     the promises and the contenders
//! promises --probe PRIMITIVE CONTENDER FILE PROMISE [--race-ms N]
//!     one probe, in this process
//! ```

mod callbacks;
mod channel;
mod measure;
mod outcome;
mod polling;
mod primitive;
mod process;
mod race;
mod semaphore;

use std::process::ExitCode;
use std::time::Duration;

use outcome::Verdict;
use primitive::Primitive;

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// How long one attempt at a race takes where nothing else is asked for.
const RACE: Duration = Duration::from_secs(1);

/// Every primitive with its contenders.
fn primitives() -> Vec<Primitive> {
    vec![
        Primitive::new("channel", channel::contenders()),
        Primitive::new("semaphore", semaphore::contenders()),
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            say_error(&message);
            ExitCode::FAILURE
        }
    }
}

/// Whether no promise of ours is broken.
fn run(arguments: &[&str]) -> Result<bool, String> {
    let (race, arguments) = race_time(arguments)?;
    match &arguments[..] {
        ["--list"] => list(),
        ["--probe", primitive, contender, file, promise] => {
            let verdict = probe([primitive, contender, file, promise], race)?;
            say(&verdict.line());
            return Ok(true);
        }
        ["--ours"] => return Ok(all(race, |contender| contender.ours)),
        ["--ours", filter] => {
            return Ok(all(race, |it| it.ours && it.name.contains(filter)));
        }
        [] => return Ok(all(race, |_| true)),
        [filter] if !filter.starts_with('-') => {
            return Ok(all(race, |contender| contender.name.contains(filter)));
        }
        [argument, ..] => return Err(format!("unexpected argument: {argument}")),
    }
    Ok(true)
}

/// Takes `--race-ms N` out of the arguments.
fn race_time<'a>(arguments: &[&'a str]) -> Result<(Duration, Vec<&'a str>), String> {
    let Some(at) = arguments.iter().position(|each| *each == "--race-ms") else {
        return Ok((RACE, arguments.to_vec()));
    };
    let number = arguments.get(at + 1).and_then(|number| number.parse().ok());
    let number = number.ok_or("--race-ms takes a number of milliseconds")?;
    let rest = arguments[..at].iter().chain(&arguments[at + 2..]);
    Ok((Duration::from_millis(number), rest.copied().collect()))
}

fn list() {
    for primitive in primitives() {
        for promise in &primitive.contenders[0].promises {
            say(&format!("promise\t{}\t{}", primitive.name, promise.says));
        }
        for contender in &primitive.contenders {
            say(&format!(
                "contender\t{}\t{}",
                primitive.name, contender.name
            ));
        }
    }
}

/// Runs one probe in this process.
fn probe(path: [&str; 4], race: Duration) -> Result<Verdict, String> {
    let [primitive, contender, file, promise] = path;
    let primitives = primitives();
    let found = primitives
        .iter()
        .filter(|each| each.name == primitive)
        .flat_map(|primitive| &primitive.contenders)
        .filter(|each| each.name == contender)
        .flat_map(|contender| &contender.promises)
        .find(|each| each.file == file && each.name == promise);
    let found = found.ok_or_else(|| format!("no such probe: {}", path.join(" ")))?;
    Ok(found.probe.run(race))
}

/// Runs every probe of the contenders that are wanted; whether ours keep all promises.
fn all(race: Duration, wanted: impl Fn(&primitive::Contender) -> bool) -> bool {
    let mut primitives = primitives();
    for primitive in &mut primitives {
        primitive.contenders.retain(&wanted);
    }
    let mut kept = true;
    for finding in process::observe_all(&primitives, race) {
        kept &= !finding.is_our_fault();
        say(&finding.line());
    }
    kept
}

#[expect(
    clippy::print_stdout,
    reason = "these lines are what the program is for"
)]
fn say(line: &str) {
    println!("{line}");
}

#[expect(
    clippy::print_stderr,
    reason = "this is for the person who typed the command"
)]
fn say_error(message: &str) {
    eprintln!("promises: {message}");
}
