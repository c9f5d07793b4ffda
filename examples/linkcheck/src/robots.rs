//! `robots.txt`, read as RFC 9309 says.

/// The rules that one `robots.txt` has for one crawler.
#[derive(Clone, Debug, Default)]
pub struct Robots {
    rules: Vec<Rule>,
    /// Why nothing at all may be fetched, if that is so.
    unreachable: Option<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    /// Normalised; `*` and a final `$` are the wildcards of section 2.2.3.
    pattern: Vec<u8>,
}

/// What is read of a `robots.txt`: the least that section 2.5 asks for.
pub const MAX_LEN: usize = 500 * 1024;

impl Robots {
    /// Everything is allowed: the host has no `robots.txt` (section 2.3.1.3).
    #[must_use]
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// Nothing is allowed: the host's `robots.txt` can't be reached (section 2.3.1.4).
    #[must_use]
    pub fn unreachable(reason: impl Into<String>) -> Self {
        Self {
            rules: Vec::new(),
            unreachable: Some(reason.into()),
        }
    }

    /// Why nothing may be fetched, if that is so.
    #[must_use]
    pub fn why_unreachable(&self) -> Option<&str> {
        self.unreachable.as_deref()
    }

    /// Reads the groups that name `agent`, or those for `*` if none does.
    ///
    /// Lines that make no sense are skipped, as section 2.2.4 and common sense have it.
    #[must_use]
    pub fn parse(text: &str, agent: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut own: Option<Vec<Rule>> = None;
        let mut general = Vec::new();
        // Whom the current group is for, and whether its list of agents is still open.
        let (mut for_own, mut for_all, mut naming) = (false, false, false);
        for line in text.split(['\r', '\n']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !naming {
                        (for_own, for_all, naming) = (false, false, true);
                    }
                    for_all |= value == "*";
                    if product_token(value).eq_ignore_ascii_case(agent) {
                        for_own = true;
                        // A group without rules still keeps the general one from applying.
                        own.get_or_insert_default();
                    }
                }
                "allow" | "disallow" => {
                    naming = false;
                    let rule = Rule {
                        allow: key == "allow",
                        pattern: normalise(value, false),
                    };
                    if rule.pattern.is_empty() {
                        continue;
                    }
                    if for_own {
                        own.get_or_insert_default().push(rule.clone());
                    }
                    if for_all {
                        general.push(rule);
                    }
                }
                _ => {}
            }
        }
        Self {
            rules: own.unwrap_or(general),
            unreachable: None,
        }
    }

    /// Whether the path, with its query if it has one, may be fetched.
    ///
    /// The longest matching rule decides; of two equally long ones the one that allows.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        if self.unreachable.is_some() {
            return false;
        }
        let path = normalise(path, true);
        self.rules
            .iter()
            .filter(|rule| matches(&rule.pattern, &path))
            .max_by_key(|rule| (rule.pattern.len(), rule.allow))
            .is_none_or(|rule| rule.allow)
    }
}

/// The part of a `User-agent` value that names a product: letters, `_` and `-`.
fn product_token(value: &str) -> &str {
    let end = value
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '_' || c == '-'))
        .unwrap_or(value.len());
    &value[..end]
}

/// Writes paths and patterns alike, so that they can be compared byte by byte (section 2.2.2):
/// unreserved characters stand for themselves, all others that need it as `%XX` in capitals.
///
/// In a path, `*` and `$` are characters like any other; a pattern writes these as `%2A` and `%24`.
fn normalise(text: &str, is_path: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| Some(hex(*bytes.get(at + 1)?)? << 4 | hex(*bytes.get(at + 2)?)?))
            .flatten();
        if let Some(octet) = escaped {
            at += 3;
            if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                out.push(octet);
            } else {
                push_escaped(&mut out, octet);
            }
        } else {
            at += 1;
            let is_literal = match byte {
                b'*' => is_path,
                // Only the last one of a pattern has a meaning.
                b'$' => is_path || at < bytes.len(),
                _ => !byte.is_ascii_graphic(),
            };
            if is_literal {
                push_escaped(&mut out, byte);
            } else {
                out.push(byte);
            }
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn push_escaped(out: &mut Vec<u8>, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([
        b'%',
        DIGITS[usize::from(octet >> 4)],
        DIGITS[usize::from(octet & 15)],
    ]);
}

/// Whether `pattern` matches a prefix of `path`, or all of it if the pattern ends in `$`.
///
/// Greedy, with one step back to the last `*`: at most `pattern.len() * path.len()` comparisons.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_end) = match pattern.split_last() {
        Some((b'$', rest)) => (rest, true),
        _ => (pattern, false),
    };
    let (mut in_pattern, mut in_path) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    loop {
        if in_pattern == pattern.len() {
            if !to_end || in_path == path.len() {
                return true;
            }
        } else if pattern[in_pattern] == b'*' {
            last_star = Some((in_pattern, in_path));
            in_pattern += 1;
            continue;
        } else if path.get(in_path) == Some(&pattern[in_pattern]) {
            in_pattern += 1;
            in_path += 1;
            continue;
        }
        // A mismatch: let the last `*` take one byte more.
        match last_star {
            Some((star, taken)) if taken < path.len() => {
                last_star = Some((star, taken + 1));
                in_pattern = star + 1;
                in_path = taken + 1;
            }
            _ => return false,
        }
    }
}
