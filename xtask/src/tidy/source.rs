//! A Rust source whose comments and literals are told apart from its code.

/// A source file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with comments and the contents of literals blanked; as long as the text, byte by
    /// byte, so that an offset means the same in both.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_string(),
            text: text.to_string(),
            code: blank(text),
        }
    }

    /// The 1-based line of a byte offset.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    /// The lines of the text beside those of the code.
    pub(crate) fn lines(&self) -> Vec<(&str, &str)> {
        self.text.lines().zip(self.code.lines()).collect()
    }

    /// Where the unit tests at the end of the file begin; its length if there are none.
    pub(crate) fn tests_at(&self) -> usize {
        let mark = "#[cfg(test)]\nmod ";
        self.code.find(mark).unwrap_or(self.code.len())
    }
}

/// The offsets at which `word` stands as a word of its own.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let before = code[..at].chars().next_back();
            let after = code[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

/// Whether the character can stand in a name.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The name that the text begins with; empty if none.
pub(crate) fn leading_word(text: &str) -> &str {
    &text[..text
        .find(|character| !is_word(character))
        .unwrap_or(text.len())]
}

/// The offset behind the bracket that closes the one at `open`.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Blanks comments and the contents of string and character literals.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => find(bytes, at, b"\n").unwrap_or(bytes.len()),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment(bytes, at),
            b'"' => string(bytes, at),
            b'r' => raw_string(bytes, at).unwrap_or(at + 1),
            b'\'' => character(text, at),
            _ => at + 1,
        };
        if end > at + 1 {
            for byte in &mut code[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    String::from_utf8(code).expect("whole characters are blanked")
}

fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    bytes[from..]
        .windows(needle.len())
        .position(|window| window == needle)
        .map(|at| from + at)
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of the raw string that begins at `start`, if one does.
fn raw_string(bytes: &[u8], start: usize) -> Option<usize> {
    // `b` and `c` may stand before the `r`; any longer name is no prefix.
    let mut before = bytes[..start].iter().rev();
    let prefix = before.next().copied().unwrap_or(b' ');
    let is_name = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    if is_name(prefix)
        && (!matches!(prefix, b'b' | b'c') || before.next().is_some_and(|b| is_name(*b)))
    {
        return None;
    }
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let quote = start + 1 + hashes;
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(hashes + 1, b'#');
    Some(find(bytes, quote + 1, &end).map_or(bytes.len(), |at| at + end.len()))
}

/// The end of the character literal at `start`, or of the quote if it opens a lifetime.
fn character(text: &str, start: usize) -> usize {
    let mut rest = text[start + 1..].char_indices();
    match rest.next() {
        Some((_, '\\')) => {
            // The escaped character itself may be a quote.
            let escaped = rest
                .next()
                .map_or(0, |(at, character)| at + character.len_utf8());
            let close = text[start + 1 + escaped..].find('\'');
            close.map_or(text.len(), |at| start + 1 + escaped + at + 1)
        }
        Some(_) => match rest.next() {
            Some((at, '\'')) => start + 1 + at + 1,
            _ => start + 1,
        },
        None => start + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, blank, words};

    #[test]
    fn comments_and_literals_are_blanked_and_code_is_kept() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("x(\"a \\\" b\", y)", "x(        , y)"),
            ("let s = r#\"a \" b\"#;", "let s =           ;"),
            ("let s = br\"\\\";", "let s = b    ;"),
            ("r#match + bar", "r#match + bar"),
            ("'a' '\\'' 'b", "         'b"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("'ü' + \"ü\"", "     +     "),
        ] {
            assert_eq!(blank(text).trim_end(), code.trim_end(), "{text}");
            assert_eq!(blank(text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn words_are_whole_words() {
        let found: Vec<usize> = words("unsafe_code unsafe xunsafe (unsafe)", "unsafe").collect();
        assert_eq!(found, [12, 28]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let source = Source::new("x.rs", "a\nb\nc");
        assert_eq!(
            (source.line_of(0), source.line_of(2), source.line_of(4)),
            (1, 2, 3)
        );
    }
}
