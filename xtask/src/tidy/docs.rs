//! Documentation: what says something about cancellation, in which order the headings stand, and
//! what must not be ignored.

use super::items::{self, Item};
use super::{Findings, Tree};

/// The headings of an item's documentation, in their order.
const HEADINGS: &[&str] = &[
    "Cancel safety",
    "Fairness",
    "Blocking",
    "Panics",
    "Errors",
    "Runtime compatibility",
    "Examples",
    "Implementation notes",
];

/// How a name ends whose value does something as long as it is held.
const HELD: &[&str] = &["Guard", "Permit", "Handle", "Reservation", "Timer"];

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for source in &tree.sources {
        headings(&source.path, &source.text, findings);
    }
    for member in tree.published() {
        let futures: Vec<&str> = tree.library(member).flat_map(items::futures).collect();
        for source in tree.library(member) {
            for item in items::public(source) {
                if item.above.contains("#[doc(hidden)]") {
                    continue;
                }
                match item.keyword {
                    "fn" => function(&source.path, &item, &futures, findings),
                    _ => kind(&source.path, &item, &futures, findings),
                }
            }
        }
    }
}

/// A function that returns a future says what dropping it loses.
fn function(path: &str, item: &Item<'_>, futures: &[&str], findings: &mut Findings) {
    let returned = item
        .signature
        .split_once("->")
        .map_or("", |(_, returned)| returned);
    let is_future = items::last_part(returned).is_some_and(|name| futures.contains(&name))
        || returned.contains("impl Future")
        || returned.contains("dyn Future");
    if !item.is_async && !is_future {
        return;
    }
    let has_section = item.above.lines().any(|line| line == "/// # Cancel safety");
    if !has_section {
        let message = format!(
            "`{}` returns a future, without `# Cancel safety`",
            item.name
        );
        findings.push(path, item.line, "cancel-safety", message);
    }
}

/// Futures, guards and handles are marked, so that the compiler warns where one is dropped.
fn kind(path: &str, item: &Item<'_>, futures: &[&str], findings: &mut Findings) {
    let held = futures.contains(&item.name) || HELD.iter().any(|end| item.name.ends_with(end));
    if held && !item.above.contains("#[must_use") {
        let message = format!("`{}` is not `#[must_use]`", item.name);
        findings.push(path, item.line, "must-use", message);
    }
}

/// The known headings of each comment stand in the house order.
fn headings(path: &str, text: &str, findings: &mut Findings) {
    let (mut last, mut in_code) = (None, false);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let Some(content) = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"))
        else {
            // Attributes may stand between the comments of an item.
            if !line.starts_with("#[") {
                (last, in_code) = (None, false);
            }
            continue;
        };
        let content = content.trim_start();
        if content.starts_with("```") {
            in_code = !in_code;
        }
        let Some(heading) = content.strip_prefix("# ").filter(|_| !in_code) else {
            continue;
        };
        if heading == "Example" {
            findings.push(path, at + 1, "heading-order", "the heading is `# Examples`");
        }
        let Some(place) = HEADINGS.iter().position(|known| *known == heading) else {
            continue;
        };
        if let Some(before) = last.filter(|before| *before >= place) {
            let message = format!("`# {heading}` stands before `# {}`", HEADINGS[before]);
            findings.push(path, at + 1, "heading-order", message);
        }
        last = Some(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken, member};
    use super::check;

    fn found(text: &str) -> Vec<String> {
        broken(
            check,
            &[("crates/async-x/src/lib.rs", text)],
            &[member("async-x")],
        )
    }

    #[test]
    fn what_returns_a_future_has_a_cancel_safety_section() {
        for signature in [
            "pub async fn f() {}",
            "pub fn f() -> impl Future<Output = ()> {}",
            "pub fn f() -> crate::Sleep<C> {}",
            "pub trait T {\n    fn f(&self) -> Sleep;\n}",
        ] {
            let future = "#[must_use]\npub struct Sleep;\nimpl Future for Sleep {}\n";
            let bad = format!("{future}{signature}");
            let line = if signature.contains("trait") { 5 } else { 4 };
            assert_eq!(
                found(&bad),
                [format!("cancel-safety:{line}")],
                "{signature}"
            );
            let (open, function) = match signature.split_once('\n') {
                Some((open, function)) => (format!("{open}\n"), function),
                None => (String::new(), signature),
            };
            let good = format!("{future}{open}/// # Cancel safety\n///\n/// Nothing.\n{function}");
            assert_eq!(found(&good), NONE, "{signature}");
        }
        assert_eq!(found("pub fn f() -> u8 {}\nasync fn g() {}\n"), NONE);
    }

    #[test]
    fn headings_stand_in_the_house_order() {
        let good = "/// x\n/// # Cancel safety\n/// # Panics\n/// # Other\n/// # Examples\n/// ```\n\
                    /// # Fairness\n/// ```\nfn f() {}\n/// # Fairness\nfn g() {}\n";
        assert_eq!(found(good), NONE);
        assert_eq!(
            found("/// # Examples\n/// # Panics\nfn f() {}\n"),
            ["heading-order:2"]
        );
        assert_eq!(
            found("/// # Panics\n/// # Panics\nfn f() {}\n"),
            ["heading-order:2"]
        );
        assert_eq!(found("/// # Example\nfn f() {}\n"), ["heading-order:1"]);
    }

    #[test]
    fn futures_guards_and_handles_are_must_use() {
        assert_eq!(
            found("pub struct Sleep;\nimpl Future for Sleep {}\n"),
            ["must-use:1"]
        );
        assert_eq!(found("pub struct LockGuard;\n"), ["must-use:1"]);
        assert_eq!(
            found("#[must_use = \"it unlocks\"]\npub struct LockGuard;\n"),
            NONE
        );
        assert_eq!(
            found("pub(crate) struct LockGuard;\npub struct Guarded;\n"),
            NONE
        );
    }
}
