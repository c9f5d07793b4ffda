//! The promises of our crates, put to the test on ours and on the peers: writes `PROMISES.md`.
//!
//! `tests/promises/README.md` says how a promise or a peer is added.

mod findings;
mod report;

use std::fs;

use crate::Result;
use crate::command;
use crate::provenance;
use crate::workspace::Workspace;
use findings::Finding;

/// The member that holds the probes.
const MEMBER: &str = "promises";

/// Probes all and writes the tables, or ours alone, and fails if one of ours breaks a promise.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result {
    let check = match arguments {
        [] => false,
        ["--check"] => true,
        [argument, ..] => return Err(format!("unexpected argument: {argument}")),
    };
    let findings = probe(workspace, check)?;
    if !check {
        let lock = provenance::lock_file(workspace)?;
        let version = |package: &str| {
            let version = provenance::version(&lock, MEMBER, package);
            version.unwrap_or("unknown").to_string()
        };
        let compiler = provenance::compiler(workspace)?;
        let made = [
            format!("Date: {}", provenance::today()),
            format!("Compiler: {compiler}"),
        ];
        let text = report::markdown(&findings, &version, &made);
        let path = workspace.root.join("PROMISES.md");
        fs::write(&path, text).map_err(|error| format!("PROMISES.md: {error}"))?;
        println!("wrote PROMISES.md");
    }
    judge(&findings)
}

/// What the member's program prints.
fn probe(workspace: &Workspace, only_ours: bool) -> Result<Vec<Finding>> {
    let mut command = command::cargo(workspace);
    // As users build it: it is in their builds that a peer crashes or does not.
    command.args(["run", "--release", "--quiet", "-p", MEMBER, "--"]);
    if only_ours {
        command.arg("--ours");
    }
    let text = command::output(&mut command)?;
    let findings = text.lines().map(findings::parse);
    findings.collect()
}

/// Fails if one of ours breaks a promise, or if ours were not looked at.
fn judge(findings: &[Finding]) -> Result {
    let ours = || findings.iter().filter(|finding| finding.ours);
    if ours().next().is_none() {
        return Err("none of ours was probed".to_string());
    }
    let broken: Vec<String> = ours()
        .filter_map(|finding| {
            let fact = finding.broken()?;
            Some(format!("{}: {}: {fact}", finding.contender, finding.says))
        })
        .collect();
    if broken.is_empty() {
        println!("ours keep every promise");
        return Ok(());
    }
    Err(format!(
        "{} promises are broken:\n{}",
        broken.len(),
        broken.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::findings::parse;
    use super::judge;

    const LINE: &str = "channel\twakes\tsteps\tOne wakes one\tqueue\tqueue";

    #[test]
    fn a_broken_promise_of_ours_fails_the_check() {
        let finding = |end: &str| parse(&format!("{LINE}\t{end}")).unwrap();
        let peer = || finding("peer\tbroken\t100 are woken");
        assert_eq!(judge(&[finding("ours\tkept\t"), peer()]), Ok(()));
        assert_eq!(judge(&[finding("ours\tlacks\tstream"), peer()]), Ok(()));
        let error = judge(&[finding("ours\tbroken\t2 are woken"), peer()]).unwrap_err();
        assert!(
            error.contains("queue: One wakes one: 2 are woken"),
            "{error}"
        );
        assert!(judge(&[peer()]).is_err(), "ours were not looked at");
    }
}
