//! The public items of a source, with the documentation and attributes above them.

use super::source::{Source, closing, leading_word, words};

/// A public function or type.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// `fn`, `struct` or `enum`.
    pub(crate) keyword: &'static str,
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    /// From the keyword to the body, literals blanked.
    pub(crate) signature: &'a str,
    pub(crate) is_async: bool,
    /// The attributes and comments above it, as they are written.
    pub(crate) above: String,
}

/// Every item that is `pub`, and every method of a `pub trait`.
pub(crate) fn public(source: &Source) -> Vec<Item<'_>> {
    let code = &source.code[..source.tests_at()];
    let traits = trait_bodies(code);
    let mut items = Vec::new();
    for keyword in ["fn", "struct", "enum"] {
        for at in words(code, keyword) {
            let start = code[..at]
                .rfind(['\n', ';', '{', '}'])
                .map_or(0, |before| before + 1);
            let modifiers = code[start..at].trim();
            let mut words = modifiers.split_whitespace();
            let is_public = words.next() == Some("pub");
            let is_modified = modifiers
                .split_whitespace()
                .all(|word| matches!(word, "pub" | "const" | "async" | "extern" | "default"));
            let in_trait = keyword == "fn" && traits.iter().any(|body| body.contains(&at));
            if !is_modified || !(is_public || (in_trait && !modifiers.contains("pub"))) {
                continue;
            }
            let rest = &code[at..];
            let end = rest.find(['{', ';']).unwrap_or(rest.len());
            items.push(Item {
                keyword,
                name: leading_word(rest[keyword.len()..].trim_start()),
                line: source.line_of(at),
                signature: &rest[..end],
                is_async: modifiers.split_whitespace().any(|word| word == "async"),
                above: above(source, source.line_of(at)),
            });
        }
    }
    items.sort_by_key(|item| item.line);
    items
}

/// The last part of the path of each type that the source implements `Future` for.
pub(crate) fn futures(source: &Source) -> Vec<&str> {
    let code = source.code.as_str();
    // A whole word: `IntoFuture` is not meant.
    let heads = words(code, "Future").filter_map(|at| code[at..].strip_prefix("Future for "));
    heads.filter_map(last_part).collect()
}

/// The last part of the path that the text begins with: `Sleep` of `crate::Sleep<C>`.
pub(crate) fn last_part(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        let word = leading_word(rest);
        match rest[word.len()..].strip_prefix("::") {
            Some(after) if !word.is_empty() => rest = after,
            _ => return (!word.is_empty()).then_some(word),
        }
    }
}

fn trait_bodies(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut bodies = Vec::new();
    for at in words(code, "trait").filter(|at| code[..*at].trim_end().ends_with("pub")) {
        if let Some(open) = code[at..].find('{').map(|open| at + open) {
            bodies.push(open..closing(code, open));
        }
    }
    bodies
}

/// What stands above the 1-based line up to the item before it.
fn above(source: &Source, line: usize) -> String {
    let lines = source.lines();
    let mut first = line - 1;
    while first > 0 {
        let (text, code) = lines[first - 1];
        if text.trim().is_empty() || code.trim_end().ends_with([';', '{', '}']) {
            break;
        }
        first -= 1;
    }
    lines[first..line - 1]
        .iter()
        .map(|(text, _)| text.trim())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::{futures, last_part, public};

    #[test]
    fn public_items_are_found_with_what_stands_above_them() {
        let source = Source::new(
            "x.rs",
            "//! x\n\n/// A sleep; it ends.\n#[must_use = \"a; b\"]\npub struct Sleep<C> {\n    \
             at: u8,\n}\n\npub(crate) struct Hidden;\n\nimpl<C> Sleep<C> {\n    /// New.\n    \
             pub const fn new(at: u8) -> Self {\n        fn inner() {}\n    }\n}\n\npub trait T {\n    \
             /// Waits.\n    async fn wait(&self) -> u8;\n}\n",
        );
        let items = public(&source);
        let found: Vec<_> = items
            .iter()
            .map(|item| (item.name, item.line, item.is_async))
            .collect();
        assert_eq!(
            found,
            [("Sleep", 5, false), ("new", 13, false), ("wait", 20, true)]
        );
        assert_eq!(
            items[0].above,
            "/// A sleep; it ends.\n#[must_use = \"a; b\"]"
        );
        assert_eq!(items[1].above, "/// New.");
        assert_eq!(items[1].signature.trim_end(), "fn new(at: u8) -> Self");
    }

    #[test]
    fn futures_are_found_by_their_implementation() {
        let source = Source::new(
            "x.rs",
            "impl<C> Future for Sleep<C> {}\nimpl Future for m::B {}\nimpl IntoFuture for C {}\n",
        );
        assert_eq!(futures(&source), ["Sleep", "B"]);
        assert_eq!(last_part(" crate::a::Sleep<'_, C>"), Some("Sleep"));
        assert_eq!(last_part("&mut X"), None);
    }
}
