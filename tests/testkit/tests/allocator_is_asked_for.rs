//! A count without the counting allocator would be zero whatever happens: it is refused.

#[test]
#[should_panic(expected = "CountingAllocator is not this program's global allocator")]
fn counting_without_the_allocator_panics() {
    let _ = testkit::count_allocations(|| ());
}
