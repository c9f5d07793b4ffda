//! Every Rust file opens with its documentation and has a length that one can read.

use super::{Findings, Tree};

/// Past this many lines a file is two files.
const LONGEST: usize = 600;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, &str)] = &[];

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for source in &tree.sources {
        // A library whose README defines no links opens with the README.
        let opens = ["//!", "#![doc = include_str!("]
            .iter()
            .any(|it| source.text.starts_with(it));
        if !opens {
            findings.push(
                &source.path,
                1,
                "opening-doc",
                "the file opens with no `//!` line",
            );
        }
        let lines = source.text.lines().count();
        let listed = LONGER.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST && !listed {
            let message = format!("{lines} lines; {LONGEST} are enough for one file");
            findings.push(&source.path, lines, "file-length", message);
        }
        if lines <= LONGEST && listed {
            let message = "the file is listed as longer than others, but is not";
            findings.push(&source.path, lines, "file-length", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken};
    use super::check;

    #[test]
    fn a_file_opens_with_its_documentation() {
        assert_eq!(
            broken(check, &[("a.rs", "//! Says what it is.\n")], &[]),
            NONE
        );
        assert_eq!(
            broken(check, &[("a.rs", "use std::fmt;\n")], &[]),
            ["opening-doc:1"]
        );
    }

    #[test]
    fn a_file_ends_by_line_600() {
        let text = |lines: usize| format!("//! Long.\n{}", "\n".repeat(lines - 1));
        assert_eq!(broken(check, &[("a.rs", &text(600))], &[]), NONE);
        assert_eq!(
            broken(check, &[("a.rs", &text(601))], &[]),
            ["file-length:601"]
        );
    }
}
