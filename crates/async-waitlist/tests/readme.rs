//! The README shows the code that is built and tested.

#[test]
fn the_readme_shows_the_example_word_for_word() {
    let readme = include_str!("../README.md");
    let example = include_str!("../examples/semaphore.rs");
    let primitive = example
        .find("/// One permit")
        .expect("the primitive begins with its docs");
    let program = example.find("fn main()").expect("a main that uses it");
    assert!(readme.contains(&example[primitive..program]));
}
