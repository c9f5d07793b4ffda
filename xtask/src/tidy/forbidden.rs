//! What must not stand in any source: unfinished code, tests switched off, syntax that our oldest
//! Rust does not know, sleeping.

use super::source::{Source, words};
use super::{Findings, Tree};

/// Where sleeping is the subject: stress runs and measurements of lateness or of the cost of
/// waiting, peers beside us.
const SLEEPERS: &[&str] = &["tests/stress/", "tests/promises/", "benches/"];

/// Files that may sleep, each with the reason.
const SLEEPING_FILES: &[(&str, &str)] = &[];

/// Sleeps of the standard library and of the runtimes.
const SLEEPS: &[&str] = &[
    "thread::sleep",
    "tokio::time::sleep",
    "async_std::task::sleep",
    "Timer::after",
];

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for source in &tree.sources {
        let push = |at: usize, rule, message: String, findings: &mut Findings| {
            findings.push(&source.path, source.line_of(at), rule, message);
        };
        for name in ["todo", "unimplemented", "dbg"] {
            for at in words(&source.code, name) {
                if source.code[at + name.len()..].starts_with('!') {
                    push(
                        at,
                        "unfinished",
                        format!("`{name}!` is no finished code"),
                        findings,
                    );
                }
            }
        }
        for (at, _) in source.code.match_indices("#[ignore") {
            let message = "a test that is not run; assert what holds today";
            push(at, "ignored-test", message.to_string(), findings);
        }
        for at in let_chains(&source.code) {
            push(
                at,
                "let-chain",
                "let chains need Rust 1.88".to_string(),
                findings,
            );
        }
        if may_sleep(source) {
            continue;
        }
        for name in SLEEPS {
            for at in words(&source.code, name) {
                push(
                    at,
                    "sleep",
                    format!("`{name}` outside of stress and lateness"),
                    findings,
                );
            }
        }
    }
}

fn may_sleep(source: &Source) -> bool {
    let path = source.path.as_str();
    SLEEPERS.iter().any(|start| path.starts_with(start))
        || SLEEPING_FILES.iter().any(|(file, _)| *file == path)
        || path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains("lateness"))
}

/// The offsets of conditions that join a `let` to something else.
fn let_chains(code: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for keyword in ["if", "while"] {
        for at in words(code, keyword) {
            let condition = condition(&code[at + keyword.len()..]);
            // `&&` in front of the pattern or of the value is two references.
            let joins = condition.match_indices("&&").any(|(at, _)| {
                let before = condition[..at].trim_end();
                !before.ends_with(['=', '|']) && !before.ends_with("let")
            });
            if joins && words(&condition, "let").next().is_some() {
                found.push(at);
            }
        }
    }
    found.sort_unstable();
    found
}

/// The condition up to the block or the arm, with all that stands in brackets left out.
fn condition(code: &str) -> String {
    let (mut depth, mut kept) = (0_usize, String::new());
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' | ';' | ')' | ']' | '}' if depth == 0 => break,
            '=' if depth == 0 && characters.peek() == Some(&'>') => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken};
    use super::check;

    fn found(text: &str) -> Vec<String> {
        broken(check, &[("crates/async-x/src/lib.rs", text)], &[])
    }

    #[test]
    fn code_is_finished() {
        assert_eq!(found("fn todo() { f(\"todo!\") } // todo!()"), NONE);
        assert_eq!(found("fn f() {\n    todo!()\n}"), ["unfinished:2"]);
        assert_eq!(found("fn f() { unimplemented!(\"x\") }"), ["unfinished:1"]);
        assert_eq!(found("fn f() { dbg!(1); }"), ["unfinished:1"]);
    }

    #[test]
    fn every_test_runs() {
        assert_eq!(found("#[test]\nfn f() {}"), NONE);
        assert_eq!(
            found("#[test]\n#[ignore = \"slow\"]\nfn f() {}"),
            ["ignored-test:2"]
        );
    }

    #[test]
    fn no_let_chain() {
        for good in [
            "if let Some(x) = y {}",
            "if a && b {}",
            "if let Some(x) = f(a && b) {}",
            "if let Some(&&x) = y {}",
            "if let Some(x) = &&y {}",
            "while let Some(x) = y { if a && b {} }",
            "match x { Some(y) if a && b => { let c = 1; } _ => {} }",
            "let x = matches!(y, Some(z) if a && z);",
            "let Some(x) = y else { return a && b };",
            "if a && { let b = 1; b == 1 } {}",
        ] {
            assert_eq!(found(good), NONE, "{good}");
        }
        for bad in [
            "if let Some(x) = y && a {}",
            "if a && let Some(x) = y {}",
            "while let Some(x) = y\n    && x.is_good()\n{}",
            "if a {} else if let Some(x) = y && a {}",
        ] {
            assert_eq!(found(bad), ["let-chain:1"], "{bad}");
        }
    }

    #[test]
    fn sleeping_is_for_stress_and_lateness() {
        for code in ["std::thread::sleep(d);", "tokio::time::sleep(d).await;"] {
            assert_eq!(found(code), ["sleep:1"], "{code}");
            for path in [
                "tests/stress/tests/a.rs",
                "crates/async-clock/tests/lateness.rs",
            ] {
                assert_eq!(broken(check, &[(path, code)], &[]), NONE, "{path}");
            }
        }
        assert_eq!(
            found("async_clock::sleep(d).await; tokio::time::sleep_until(d);"),
            NONE
        );
    }
}
