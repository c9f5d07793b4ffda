//! Runs each promise of the family against ours and the peers, each in a process of its own.
//!
//! `README.md` says how a peer or a promise is added; `cargo xtask promises` writes what comes out
//! into `PROMISES.md`.
//!
//! ```text
//! promises [--quick] [--ours] [FILTER]
//!     one line per finding, for those contenders whose name contains FILTER
//! promises [--quick] --probe PRIMITIVE CONTENDER FILE PROMISE
//!     one probe, in this process
//! ```

mod batcher;
#[cfg(test)]
mod bites;
mod cache;
mod callbacks;
mod channel;
mod delay_queue;
#[cfg(test)]
mod document;
mod item;
mod limiter;
mod measure;
mod merge;
mod outcome;
mod polling;
mod primitive;
mod process;
mod race;
mod semaphore;

use std::process::ExitCode;

use outcome::Verdict;
use primitive::Primitive;
use process::Effort;

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// Every primitive with its contenders.
fn primitives() -> Vec<Primitive> {
    vec![
        Primitive::new("channel", channel::contenders()),
        Primitive::new("semaphore", semaphore::contenders()),
        Primitive::new("cache", cache::contenders()),
        Primitive::new("delay_queue", delay_queue::contenders()),
        Primitive::new("batcher", batcher::contenders()),
        Primitive::new("merge", merge::contenders()),
        Primitive::new("limiter", limiter::contenders()),
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say_error(&message);
            ExitCode::FAILURE
        }
    }
}

/// Fails if it could not look; what it finds is no failure.
fn run(arguments: &[&str]) -> Result<(), String> {
    let (effort, arguments) = match arguments {
        ["--quick", rest @ ..] => (Effort::QUICK, rest),
        all => (Effort::FULL, all),
    };
    match arguments {
        ["--probe", primitive, contender, file, promise] => {
            let verdict = probe([primitive, contender, file, promise], effort)?;
            say(&verdict.line());
        }
        [] => all(effort, |_| true),
        ["--ours"] => all(effort, |contender| contender.ours),
        ["--ours", filter] => all(effort, |it| it.ours && it.name.contains(filter)),
        [filter] if !filter.starts_with('-') => {
            all(effort, |contender| contender.name.contains(filter));
        }
        [argument, ..] => return Err(format!("unexpected argument: {argument}")),
    }
    Ok(())
}

/// Runs one probe in this process.
fn probe(path: [&str; 4], effort: Effort) -> Result<Verdict, String> {
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
    Ok(found.probe.run(effort.race))
}

/// Runs every probe of the contenders that are wanted.
fn all(effort: Effort, wanted: impl Fn(&primitive::Contender) -> bool) {
    let mut primitives = primitives();
    for primitive in &mut primitives {
        primitive.contenders.retain(&wanted);
    }
    for finding in process::observe_all(&primitives, effort) {
        say(&finding.line());
    }
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
