//! Drives a target with random bytes for a while, or with a file.

use std::any::Any;
use std::env;
use std::fs;
use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fuzz::{TARGETS, Target};

/// No input is longer.
const LONGEST: usize = 4096;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments == ["list"] {
        for (name, _) in TARGETS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    let (name, input, seed) = match arguments[..] {
        [name, input] => (name, input, Some(fastrand::u64(..) >> 16)),
        [name, input, "--seed", seed] => (name, input, seed.parse().ok()),
        _ => ("", "", None),
    };
    let target = TARGETS.iter().find(|(each, _)| *each == name);
    let (Some(&(_, target)), Some(seed)) = (target, seed) else {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "usage: fuzz TARGET SECONDS [--seed N] | fuzz TARGET FILE\ntargets: {}",
            names.join(", ")
        );
        return ExitCode::from(2);
    };
    let done = match input.parse() {
        Ok(seconds) if !Path::new(input).exists() => {
            search(name, target, Duration::from_secs(seconds), seed)
        }
        _ => replay(target, input),
    };
    match done {
        Ok(message) => {
            println!("{name}: {message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{name}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one input after the other, each made from a seed of its own.
fn search(name: &str, target: Target, time: Duration, first: u64) -> Result<String, String> {
    let start = Instant::now();
    let mut seed = first;
    while start.elapsed() < time {
        let mut random = fastrand::Rng::with_seed(seed);
        // Short inputs are as likely as long ones.
        let mut bytes = vec![0; random.usize(1..=random.clone().usize(1..=LONGEST))];
        random.fill(&mut bytes);
        if let Err(message) = run(target, &bytes) {
            let file = format!("{name}-{seed}.input");
            panic::set_hook(Box::new(|_| {}));
            let shortest = shortened(target, bytes);
            let length = shortest.len();
            fs::write(&file, shortest).map_err(|error| format!("{file}: {error}"))?;
            return Err(format!(
                "seed {seed}: {message}\n{length} bytes that fail are in {file}"
            ));
        }
        seed += 1;
    }
    Ok(format!(
        "{} inputs from seed {first} on, none failed",
        seed - first
    ))
}

fn replay(target: Target, path: &str) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    run(target, &bytes).map(|()| "the input passes".to_string())
}

fn run(target: Target, bytes: &[u8]) -> Result<(), String> {
    panic::catch_unwind(|| target(bytes)).map_err(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a panic")
        .to_string()
}

/// Leaves out ever smaller pieces as long as what is left fails.
fn shortened(target: Target, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut piece = bytes.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < bytes.len() {
            let end = bytes.len().min(at + piece);
            let rest = [&bytes[..at], &bytes[end..]].concat();
            if run(target, &rest).is_err() {
                bytes = rest;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
    bytes
}
