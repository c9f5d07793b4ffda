"""Counts the broken links of a directory of HTML, as `python3 -m http.server` would serve it.

Usage: count_broken.py DIRECTORY START

START is the path to begin at. Shares nothing with linkcheck: it reads files, not HTTP, with
Python's own parser of HTML. Prints JSON: the number of pages that can be reached, the number of
their http links, and the broken ones as pairs of page and URL.
"""

import json
import os
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

SITE = "http://site"

ATTRIBUTES = {
    "a": ["href"],
    "area": ["href"],
    "audio": ["src"],
    "embed": ["src"],
    "frame": ["src"],
    "iframe": ["src"],
    "img": ["src"],
    "input": ["src"],
    "link": ["href"],
    "object": ["data"],
    "script": ["src"],
    "source": ["src"],
    "track": ["src"],
    "video": ["src", "poster"],
}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.base = [], set(), None
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())
        self.close()

    def handle_starttag(self, tag, attrs):
        # Of an attribute that is given twice, the first one counts.
        attrs = dict(reversed([(name, value or "") for name, value in attrs]))
        if "id" in attrs:
            self.anchors.add(attrs["id"])
        if tag == "a" and "name" in attrs:
            self.anchors.add(attrs["name"])
        if tag == "base" and self.base is None:
            self.base = attrs.get("href")
        rel = attrs.get("rel", "").lower().split()
        if tag == "link" and rel and set(rel) <= {"preconnect", "dns-prefetch"}:
            return
        self.links += [attrs[name].strip() for name in ATTRIBUTES.get(tag, []) if name in attrs]
        if "srcset" in attrs and tag in ("img", "source"):
            self.links += [part.split()[0] for part in attrs["srcset"].split(", ") if part.strip()]
        if tag == "meta" and attrs.get("http-equiv", "").lower() == "refresh":
            _, _, target = attrs.get("content", "").partition(";")
            name, _, url = target.strip().partition("=")
            if name.strip().lower() == "url":
                self.links.append(url.strip().strip("'\""))


def locate(directory, url):
    """The file that the server would answer with, after its redirects; None for a 404."""
    path = unquote(urlsplit(url).path)
    file = os.path.normpath(directory + path)
    if os.path.isdir(file):
        # Without the slash the server redirects to the same with one.
        index = os.path.join(file, "index.html")
        if not os.path.isfile(index):
            sys.exit(f"{url} is a listing, which is not what this test is about")
        final = url if path.endswith("/") else url + "/"
        return index, final
    if os.path.isfile(file) and not path.endswith("/"):
        return file, url
    return None, url


def main(directory, start):
    pages, anchors, waiting = {}, {}, [urljoin(SITE, start)]
    links = []
    seen = set()
    while waiting:
        file, url = locate(directory, waiting.pop())
        if file is None or url in seen or not file.endswith(".html"):
            continue
        seen.add(url)
        page = Page(file)
        anchors[url] = page.anchors
        pages[url] = page
        base = urljoin(url, page.base) if page.base is not None else url
        for text in page.links:
            target = urljoin(base, text)
            if urlsplit(target).scheme not in ("http", "https"):
                continue
            links.append((url, target))
            if target.startswith(SITE + "/"):
                waiting.append(urldefrag(target).url)

    broken = set()
    for page, link in links:
        if not link.startswith(SITE + "/"):
            continue
        target, fragment = urldefrag(link)
        file, url = locate(directory, target)
        if file is None:
            broken.add((page, target))
        elif fragment and fragment.lower() != "top" and url in anchors:
            if not {fragment, unquote(fragment)} & anchors[url]:
                broken.add((page, link))
    pairs = sorted([unquote(url.removeprefix(SITE)) for url in pair] for pair in broken)
    print(json.dumps({"pages": len(pages), "links": len(links), "broken": pairs}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
