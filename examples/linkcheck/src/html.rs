//! What a page of HTML links to, and the anchors that it has.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// A page, reduced to what a link checker wants to know.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The `href` of the first `<base>`, against which the links are to be resolved.
    pub base: Option<String>,
    /// The links as they are written, in the order of the page.
    pub links: Vec<String>,
    /// What a fragment may point to: the `id` of any element, the `name` of an `<a>`.
    pub anchors: HashSet<String>,
}

/// Reads `html`; any text is good enough for that, broken HTML is read as browsers do.
#[must_use]
pub fn parse(html: &str) -> Document {
    let tokenizer = Tokenizer::new(Collector::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // Returns at each `</script>`, for those who run scripts.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.document.into_inner()
}

/// Takes the tokens and keeps what matters.
#[derive(Default)]
struct Collector {
    document: RefCell<Document>,
    /// How many `<svg>` and `<math>` are open: within them `<title>` and the like hold markup.
    foreign: Cell<usize>,
}

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else {
            return TokenSinkResult::Continue;
        };
        let is_foreign_root = matches!(&*tag.name, "svg" | "math");
        if tag.kind == TagKind::EndTag {
            if is_foreign_root {
                self.foreign.set(self.foreign.get().saturating_sub(1));
            }
            return TokenSinkResult::Continue;
        }
        self.document.borrow_mut().take(&tag);
        if is_foreign_root && !tag.self_closing {
            self.foreign.set(self.foreign.get() + 1);
        }
        if self.foreign.get() > 0 {
            return TokenSinkResult::Continue;
        }
        // What a tree builder would tell the tokenizer about the content of these.
        match &*tag.name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "iframe" | "noembed" | "noframes" | "xmp" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Document {
    /// Takes links and anchors from a start tag.
    fn take(&mut self, tag: &Tag) {
        let attribute = |name: &str| {
            tag.attrs
                .iter()
                .find(|attribute| &*attribute.name.local == name)
                .map(|attribute| &*attribute.value)
        };
        let name = &*tag.name;

        if let Some(id) = attribute("id") {
            self.anchors.insert(id.to_owned());
        }
        if name == "a" {
            if let Some(id) = attribute("name") {
                self.anchors.insert(id.to_owned());
            }
        }

        let of_interest: &[&str] = match name {
            // Hints name a host, not something that could be fetched.
            "link" if attribute("rel").is_some_and(is_only_a_hint) => &[],
            "a" | "area" | "link" => &["href"],
            "audio" | "embed" | "frame" | "iframe" | "img" | "input" | "script" | "source"
            | "track" => &["src"],
            "video" => &["src", "poster"],
            "object" => &["data"],
            _ => &[],
        };
        let links = of_interest.iter().filter_map(|name| attribute(name));
        self.links.extend(links.map(|link| trim(link).to_owned()));

        match name {
            "base" if self.base.is_none() => {
                self.base = attribute("href").map(|href| trim(href).to_owned());
            }
            "img" | "source" => {
                let candidates = attribute("srcset").map(srcset).unwrap_or_default();
                self.links.extend(candidates);
            }
            "meta"
                if attribute("http-equiv").is_some_and(|v| v.eq_ignore_ascii_case("refresh")) =>
            {
                let target = attribute("content").and_then(refresh_target);
                self.links.extend(target);
            }
            _ => {}
        }
    }
}

/// Attributes with URLs may have white space around them, as HTML defines it.
fn trim(value: &str) -> &str {
    value.trim_matches(['\t', '\n', '\u{c}', '\r', ' '])
}

/// Whether all that a `<link>` does is to warm up a connection.
fn is_only_a_hint(rel: &str) -> bool {
    rel.split_ascii_whitespace().all(|word| {
        word.eq_ignore_ascii_case("preconnect") || word.eq_ignore_ascii_case("dns-prefetch")
    })
}

/// The URLs of `a.png 1x, b.png 2x`.
///
/// A URL may hold commas, but not end in one; descriptors may hold commas within parentheses.
fn srcset(value: &str) -> Vec<String> {
    let mut urls = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return urls;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        let without_commas = url.trim_end_matches(',');
        urls.push(without_commas.to_owned());
        rest = if without_commas.len() == url.len() {
            let mut depth = 0_usize;
            let end = after.find(|c| {
                match c {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                c == ',' && depth == 0
            });
            &after[end.unwrap_or(after.len())..]
        } else {
            after
        };
    }
}

/// The URL of `0; URL='next.html'`.
fn refresh_target(content: &str) -> Option<String> {
    let (_, target) = content.split_once([';', ','])?;
    let target = trim(target);
    let target = match target.get(..3) {
        Some(url) if url.eq_ignore_ascii_case("url") => {
            trim(&target[3..]).strip_prefix('=').map(trim)?
        }
        _ => target,
    };
    let unquoted = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next()?,
        _ => target,
    };
    (!unquoted.is_empty()).then(|| unquoted.to_owned())
}
