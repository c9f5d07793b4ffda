//! Where `unsafe` may stand, and that a weak memory ordering says what it pairs with.

use super::source::{Source, words};
use super::{Findings, Tree};

/// The files with unsafe code, each with the reason.
pub(super) const UNSAFE: &[(&str, &str)] = &[
    (
        "crates/async-dual-queue/src/engine/ring/slots.rs",
        "items in a ring without a lock; only with the feature `ring`",
    ),
    (
        "tests/testkit/src/alloc.rs",
        "`GlobalAlloc` can be implemented in no other way",
    ),
    (
        "tests/testkit/src/raw_waker.rs",
        "safe wakers have no hook for being cloned or dropped",
    ),
];

/// How far above the statement the comment on an ordering may end.
const NEAR: usize = 3;

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for source in &tree.sources {
        let mut found = words(&source.code, "unsafe").peekable();
        let listed = UNSAFE.iter().any(|(path, _)| *path == source.path);
        if listed && found.peek().is_none() {
            let message = "the file is listed as one with unsafe code, but has none";
            findings.push(&source.path, 1, "unsafe-file", message);
        }
        for at in found.filter(|_| !listed) {
            let message = "unsafe code in a file that is not listed for it";
            findings.push(&source.path, source.line_of(at), "unsafe-file", message);
        }
        let of_us = source.path.starts_with("crates/") && source.path.contains("/src/");
        if of_us || source.path.starts_with("tests/testkit/src/") {
            orderings(source, findings);
        }
    }
}

/// Relaxed, acquire and release orderings and fences need a comment; the default ones need none.
fn orderings(source: &Source, findings: &mut Findings) {
    let code = &source.code[..source.tests_at()];
    let mut found = Vec::new();
    for name in ["Relaxed", "Acquire", "Release"] {
        let imported = imports(code, name);
        for at in words(code, name) {
            let qualified = code[..at].ends_with("Ordering::");
            if (qualified || imported) && !in_use_statement(code, at) {
                found.push((at, name));
            }
        }
    }
    for at in words(code, "fence") {
        if code[at..].starts_with("fence(") && !code[..at].ends_with("fn ") {
            found.push((at, "fence"));
        }
    }
    for (at, name) in found {
        let line = source.line_of(at);
        if !commented(source, line) {
            let message = format!("no comment says what this `{name}` pairs with");
            findings.push(&source.path, line, "ordering-comment", message);
        }
    }
}

/// Whether a `use` brings the ordering in under its bare name.
fn imports(code: &str, name: &str) -> bool {
    code.split(';').any(|statement| {
        let from = statement.rfind("use ").map(|at| &statement[at..]);
        from.is_some_and(|from| from.contains("Ordering::") && words(from, name).next().is_some())
    })
}

fn in_use_statement(code: &str, at: usize) -> bool {
    let start = code[..at].rfind(';').map_or(0, |before| before + 1);
    words(&code[start..at], "use").next().is_some()
}

/// Whether a comment stands on the statement that goes over this 1-based line, or just above it.
fn commented(source: &Source, line: usize) -> bool {
    let lines = source.lines();
    let has_comment = |at: usize| lines[at].0.contains("//");
    let mut first = line - 1;
    // Up to where the statement begins: what stands above ends another one, or opens its block.
    while first > 0 {
        let above = lines[first - 1].1.trim_end();
        if above.trim().is_empty() || above.ends_with([';', '{', '}']) {
            break;
        }
        first -= 1;
    }
    (first.saturating_sub(NEAR)..line).any(has_comment)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken};
    use super::check;

    const PATH: &str = "crates/async-x/src/lib.rs";

    #[test]
    fn unsafe_code_stands_in_listed_files() {
        let code = "//! x\nfn f() { unsafe { g() } }\n";
        assert_eq!(
            broken(check, &[("tests/testkit/src/alloc.rs", code)], &[]),
            NONE
        );
        assert_eq!(broken(check, &[(PATH, code)], &[]), ["unsafe-file:2"]);
        let text = "//! unsafe\n#![forbid(unsafe_code)]\nconst A: &str = \"unsafe\";\n";
        assert_eq!(broken(check, &[(PATH, text)], &[]), NONE);
        let none = broken(check, &[("tests/testkit/src/alloc.rs", text)], &[]);
        assert_eq!(none, ["unsafe-file:1"], "a listed file without any");
    }

    #[test]
    fn a_weak_ordering_has_a_comment() {
        for good in [
            "fn f() {\n    a.load(Ordering::AcqRel);\n}",
            "fn f() {\n    // Acquire: pairs with the store in `g`.\n    a.load(Ordering::Acquire);\n}",
            "fn f() {\n    // Pairs.\n    a.compare_exchange(\n        1,\n        2,\n        AcqRel,\n        \
             Ordering::Relaxed,\n    );\n}",
            "fn f() {\n    a.load(Ordering::Relaxed); // Relaxed: a hint.\n}",
            "use x::Ordering::{Acquire, Relaxed};",
            "pub struct Acquire;\nfn f() -> Acquire {\n    Acquire\n}",
            "#[cfg(test)]\nmod tests {\n    fn f() {\n        a.load(Ordering::Relaxed);\n    }\n}",
        ] {
            assert_eq!(broken(check, &[(PATH, good)], &[]), NONE, "{good}");
        }
        for bad in [
            "\n\n\nfn f() {\n    a.load(Ordering::Relaxed);\n}",
            "use Ordering::*;\nuse Ordering::Acquire;\n\nfn f() {\n    a.load(Acquire);\n}",
            "\n// Far.\n\n\nfn f() {\n    fence(SeqCst);\n}".trim_start_matches('\n'),
            "\n\n\n{\n    a.store(\n        1,\n        Ordering::Release,\n    );\n}",
        ] {
            let found = broken(check, &[(PATH, bad)], &[]);
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].starts_with("ordering-comment:"), "{bad}");
        }
    }
}
