"""What robots.txt forbids, by table: the examples of RFC 9309 §2.2, and the rules 1C-Bitrix writes."""

import pytest

from calltracking.crawling.robots import fits, read_robots

FILE = """\ufeff# ours
User-agent: *
Disallow: /*?sort=
Disallow: /bitrix/
Allow: /bitrix/*.css$
Disallow: /*.pdf$
Disallow: /каталог/
Crawl-delay: 2.5

User-agent: other
User-agent: trunklinecrawler
Disallow: /only-us
Sitemap: https://www.example.ru/map.xml
"""


@pytest.mark.parametrize(
    ("product", "path", "allowed"),
    [
        ("x", "/", True),
        ("x", "/a?sort=up", False),
        ("x", "/a?b=1", True),
        ("x", "/bitrix/admin", False),
        ("x", "/bitrix/a.css", True),
        ("x", "/bitrix/a.css?1", False),
        ("x", "/f.pdf", False),
        ("x", "/f.pdf/x", True),
        ("x", "/%D0%BA%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/1", False),
        ("x", "/only-us", True),
        ("TrunklineCrawler", "/only-us/a", False),
        ("TrunklineCrawler", "/bitrix/", True),
        ("other", "/only-us", False),
    ],
)
def test_the_longest_rule_decides(product: str, path: str, allowed: bool) -> None:
    assert read_robots(FILE, product).allows(f"https://www.example.ru{path}") is allowed


def test_what_else_it_says() -> None:
    told = read_robots(FILE, "x")
    assert (told.pause, told.maps) == (2.5, ("https://www.example.ru/map.xml",))
    assert read_robots("User-agent: *\nDisallow:\nCrawl-delay: soon\nnonsense", "x").allows("https://x/a")
    assert not read_robots("User-agent: *\nAllow: /a\nDisallow: /", "x").allows("https://x/b")
    assert read_robots("User-agent: *\nDisallow: /a\nAllow: /a", "x").allows("https://x/a")
    assert read_robots("Disallow: /", "x").allows("https://x/"), "of no group"


@pytest.mark.parametrize(
    ("pattern", "path", "fit"),
    [
        ("/", "/a", True), ("/a", "/ab", True), ("/a$", "/ab", False), ("/a$", "/a", True), ("*", "/", True),
        ("/*/b", "/a/b/c", True), ("/*b$", "/abb", True), ("/a*a$", "/a", False), ("*$", "/x", True),
        ("/" + "*a" * 200 + "*b", "/" + "a" * 400, False),
    ],
)  # fmt: skip
def test_stars_and_ends(pattern: str, path: str, fit: bool) -> None:
    assert fits(pattern, path) is fit
