//! Nodes of the wheel, in pages that are given back.
//!
//! A node's index is `page << 10 | place in the page` and stays the same while the node is live.
//! Pages never move, so growing copies no nodes; a page's memory is taken node by node, as they
//! are first used.
//!
//! # Invariants
//!
//! 1. A node is free exactly if its `when` is 0; a free node has no waker and is on the list of its
//!    page, linked by `next`.
//! 2. A page is in one of three states: *open* (it has room; on the list `open`, linked both ways),
//!    *full* (on no list), *vacant* (no memory; on the list `vacant`, linked by `next`).
//! 3. At most one open page has no live node; `spare` says whether there is one.
//!    Another one that runs empty is given back.

use std::mem;
use std::task::Waker;

/// No node, or no page.
pub(crate) const NIL: u32 = u32::MAX;

/// Nodes of a page: 32 KiB.
pub(crate) const PAGE: usize = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 10;
/// Live nodes of a page that is full.
const FULL: u32 = 1 << PAGE_BITS;

/// A timer of the wheel. Aligned to its size: it never spreads over two cache lines.
#[derive(Debug)]
#[repr(align(32))]
pub(crate) struct Node {
    /// Deadline in ticks; 0 while the node is free.
    pub(crate) when: u64,
    pub(crate) waker: Option<Waker>,
    /// Next in the slot, or next free node of the page.
    pub(crate) next: u32,
    /// Previous in the slot; `NIL` for the first.
    pub(crate) prev: u32,
}

const _: () = assert!(size_of::<Node>() == 32);

#[derive(Debug)]
struct Page {
    /// Has capacity for `PAGE` nodes, or none at all while the page is vacant.
    nodes: Vec<Node>,
    live: u32,
    /// First free node among those ever used.
    free: u32,
    /// Next in the list this page is on.
    next: u32,
    /// Previous in the list `open`; `NIL` for the first.
    prev: u32,
}

#[derive(Debug)]
pub(crate) struct Slab {
    pages: Vec<Page>,
    open: u32,
    vacant: u32,
    spare: bool,
}

#[inline]
fn page_of(index: u32) -> usize {
    (index >> PAGE_BITS) as usize
}

#[inline]
fn place_of(index: u32) -> usize {
    index as usize & (PAGE - 1)
}

impl Slab {
    pub(crate) const fn new() -> Self {
        Self {
            pages: Vec::new(),
            open: NIL,
            vacant: NIL,
            spare: false,
        }
    }

    /// Stores a node and returns its index.
    #[inline]
    pub(crate) fn insert(&mut self, node: Node) -> u32 {
        debug_assert!(node.when != 0, "#1");
        if self.open == NIL {
            self.open_page();
        }
        let number = self.open;
        let page = &mut self.pages[number as usize];
        let mut index = page.free;
        if index == NIL {
            index = (number << PAGE_BITS) | low_bits(page.nodes.len());
            page.nodes.push(node);
        } else {
            let free = &mut page.nodes[place_of(index)];
            page.free = free.next;
            *free = node;
        }
        page.live += 1;
        if page.live == 1 {
            self.spare = false; // #3: it was the one without live nodes.
        } else if page.live == FULL {
            self.close_first();
        }
        index
    }

    /// The node at `index` if it is live and its deadline is `when`.
    #[inline]
    pub(crate) fn find(&mut self, index: u32, when: u64) -> Option<&mut Node> {
        let page = self.pages.get_mut(page_of(index))?;
        let node = page.nodes.get_mut(place_of(index))?;
        (node.when == when).then_some(node)
    }

    /// A live node.
    #[inline]
    pub(crate) fn node(&mut self, index: u32) -> &mut Node {
        &mut self.pages[page_of(index)].nodes[place_of(index)]
    }

    /// Frees the node at `index` if it is live and its deadline is `when`, and returns what it was.
    #[inline]
    pub(crate) fn remove_if(&mut self, index: u32, when: u64) -> Option<Node> {
        let page = self.pages.get_mut(page_of(index))?;
        let node = page.nodes.get_mut(place_of(index))?;
        if node.when != when {
            return None;
        }
        let free = Node {
            when: 0,
            waker: None,
            next: mem::replace(&mut page.free, index),
            prev: NIL,
        };
        let node = mem::replace(node, free);
        let was = page.live;
        page.live -= 1;
        if was == 1 {
            self.emptied(index >> PAGE_BITS);
        } else if was == FULL {
            self.reopen(index >> PAGE_BITS);
        }
        Some(node)
    }

    /// Makes an empty page the first open one; `open` is `NIL`.
    #[cold]
    fn open_page(&mut self) {
        debug_assert!(!self.spare, "#3: the spare page is open");
        let page = Page {
            nodes: Vec::with_capacity(PAGE),
            live: 0,
            free: NIL,
            next: NIL,
            prev: NIL,
        };
        let number = self.vacant;
        if number == NIL {
            let number = low_bits(self.pages.len());
            assert!(number < NIL >> PAGE_BITS, "2^32 timers in one shard");
            self.pages.push(page);
            self.open = number;
        } else {
            let vacant = mem::replace(&mut self.pages[number as usize], page);
            self.vacant = vacant.next;
            self.open = number;
        }
        self.spare = true;
    }

    /// The first open page has become full.
    #[cold]
    fn close_first(&mut self) {
        let next = self.pages[self.open as usize].next;
        if next != NIL {
            self.pages[next as usize].prev = NIL;
        }
        self.open = next;
    }

    /// A full page has room again: it becomes the first open one.
    #[cold]
    fn reopen(&mut self, number: u32) {
        if self.open != NIL {
            self.pages[self.open as usize].prev = number;
        }
        let page = &mut self.pages[number as usize];
        page.prev = NIL;
        page.next = self.open;
        self.open = number;
    }

    /// An open page has lost its last live node.
    #[inline]
    fn emptied(&mut self, number: u32) {
        if self.spare {
            self.give_back(number);
        } else {
            self.spare = true;
        }
    }

    #[cold]
    fn give_back(&mut self, number: u32) {
        let page = &mut self.pages[number as usize];
        let (next, prev) = (page.next, page.prev);
        page.nodes = Vec::new();
        page.next = self.vacant;
        self.vacant = number;
        if next != NIL {
            self.pages[next as usize].prev = prev;
        }
        if prev == NIL {
            self.open = next;
        } else {
            self.pages[prev as usize].next = next;
        }
    }

    /// Live nodes and pages that have memory.
    #[allow(
        dead_code,
        reason = "for the test of the wheel, which compiles this file by itself"
    )]
    pub(crate) fn usage(&self) -> (usize, usize) {
        let live = self.pages.iter().map(|page| page.live as usize).sum();
        let pages = self.pages.iter().filter(|page| page.nodes.capacity() > 0);
        (live, pages.count())
    }
}

/// A number of pages or nodes as part of an index.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 2^22 pages (asserted when one is added) of 2^10 nodes"
)]
#[inline]
fn low_bits(number: usize) -> u32 {
    number as u32
}
