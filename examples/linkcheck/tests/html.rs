//! Which links and anchors a page has.

use linkcheck::html::parse;

#[test]
fn links_are_found_where_html_has_them() {
    let table: &[(&str, &[&str])] = &[
        ("<a href=a>", &["a"]),
        ("<A HREF='a'>", &["a"]),
        ("<a href=' a\n'>", &["a"]),
        ("<a href='?a=1&amp;b=2'>", &["?a=1&b=2"]),
        ("<a href=''>", &[""]),
        ("<a name=x>", &[]),
        ("<area href=a>", &["a"]),
        ("<link rel=stylesheet href=a>", &["a"]),
        ("<link rel=PreConnect href=a>", &[]),
        ("<link rel='dns-prefetch preconnect' href=a>", &[]),
        ("<link rel='preconnect stylesheet' href=a>", &["a"]),
        (
            "<script src=a></script><iframe src=b></iframe>",
            &["a", "b"],
        ),
        (
            "<video src=a poster=b><source src=c><track src=d></video>",
            &["a", "b", "c", "d"],
        ),
        (
            "<audio src=a></audio><embed src=b><object data=c>",
            &["a", "b", "c"],
        ),
        ("<input type=image src=a>", &["a"]),
        ("<img src=a srcset='b 1x, c 2x'>", &["a", "b", "c"]),
        ("<img srcset='a'>", &["a"]),
        ("<img srcset='a,b 1x,c'>", &["a,b", "c"]),
        ("<img srcset='a, b'>", &["a", "b"]),
        ("<img srcset=' , a (1,2) , b 100w 1h'>", &["a", "b"]),
        ("<img srcset=''>", &[]),
        ("<meta http-equiv=refresh content='0; url=a'>", &["a"]),
        ("<meta http-equiv=Refresh content=\"0;URL='a'\">", &["a"]),
        ("<meta http-equiv=refresh content='5'>", &[]),
        ("<meta http-equiv=refresh content='5;'>", &[]),
        ("<meta name=refresh content='0; url=a'>", &[]),
        ("<svg><a href=a></svg>", &["a"]),
    ];
    for (html, links) in table {
        assert_eq!(parse(html).links, *links, "{html}");
    }
}

#[test]
fn what_only_looks_like_a_link_is_none() {
    let table = [
        "<!-- <a href=a> -->",
        "<script>\"<a href=a>\"</script>",
        "<style><a href=a></style>",
        "<title><a href=a></title>",
        "<textarea><a href=a></textarea>",
        "<iframe><a href=a></iframe>",
        "<xmp><a href=a></xmp>",
        "<plaintext><a href=a>",
        "&lt;a href=a&gt;",
        "<a title='<a href=a>'>",
        "<a href=a",
    ];
    for html in table {
        assert_eq!(parse(html).links, [""; 0], "{html}");
    }
}

#[test]
fn a_title_within_svg_hides_nothing() {
    let html = "<svg><title/><style/></svg><a href=a><title>x</title>";
    assert_eq!(parse(html).links, ["a"]);
}

#[test]
fn anchors_are_ids_of_anything_and_names_of_a() {
    let html = "<h1 id=one><a name=two><p name=none><svg><g id='thr&eacute;e'></svg>";
    let mut anchors: Vec<_> = parse(html).anchors.into_iter().collect();
    anchors.sort();
    assert_eq!(anchors, ["one", "thrée", "two"]);
}

#[test]
fn the_first_base_counts() {
    assert_eq!(parse("<base target=x>").base, None);
    let html = "<base target=x><base href=' a '><base href=b>";
    assert_eq!(parse(html).base.as_deref(), Some("a"));
}
