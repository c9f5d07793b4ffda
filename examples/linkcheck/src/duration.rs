//! Durations as one writes them on a command line: `250ms`, `10s`, `2m`, `1h`.

use std::time::Duration;

/// Reads a whole number followed by `ms`, `s`, `m` or `h`.
///
/// # Errors
///
/// A sentence for the user when `text` is something else or too long a time.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let per_unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => {
            return Err(format!(
                "`{text}` is not a time; write a whole number and ms, s, m or h, for example 10s"
            ));
        }
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(per_unit))
        .map(Duration::from_millis)
        .ok_or_else(|| format!("`{text}` is not a time of reasonable length"))
}
