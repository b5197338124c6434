"""Crawls of a real website on loopback: what is read, what is left alone, and what is said of the numbers found."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from calltracking.crawling.child import PageReader, TooMuchWork
from calltracking.crawling.crawl import Crawled, crawl
from calltracking.crawling.fetching import AGENT, Fetcher, crawling
from calltracking.crawling.nights import crawl_due
from calltracking.crawling.reach import Frontier, Limits, own_address
from calltracking.crawling.store import crawl_of, findings_of, look_now
from tests.calltracking.conftest import KEY, OWN, Rows, number_of
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.alarms.alarm import open_alarms
from trunkline.db.types import Pool
from trunkline.webhooks.address import AddressRules

HOSTS = ("www.example.ru", "*.shop.example.ru")
QUICK = Limits(pause=0.0)
LOOPBACK = AddressRules(["127.0.0.0/8"])
STRANGER, RETIRED = "+74959998877", "+74957770000"
ZONE = ZoneInfo("Europe/Moscow")


class Site:
    """A website: what stands at each path, and which requests came. Only plain http is spoken."""

    def __init__(self) -> None:
        self.pages: dict[str, str | web.Response] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.host}{request.path_qs}")
        self.agents.add(request.headers["User-Agent"])
        found = self.pages.get(f"{request.host}{request.path_qs}", self.pages.get(request.path_qs))
        if found is None:
            return web.Response(status=404)
        if isinstance(found, str):
            return web.Response(text=found, content_type="text/html" if "<" in found[:1] else "text/plain")
        return web.Response(status=found.status, body=found.body, headers=found.headers)


class Everywhere(AbstractResolver):
    """Every name is the website's; on port 443 nobody listens."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        there = self.port if port == 80 else 1
        return [ResolveResult(hostname=host, host="127.0.0.1", port=there, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def fetching(site: Site) -> AsyncIterator[Fetcher]:
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    async with TestServer(app) as server:
        assert server.port is not None
        async with crawling(LOOPBACK, Everywhere(server.port)) as fetcher:
            yield fetcher


async def crawled(site: Site, limits: Limits = QUICK) -> Crawled:
    async with fetching(site) as fetcher:
        return await crawl(HOSTS[:1], fetcher, limits)


def moved(to: str) -> web.Response:
    return web.Response(status=302, headers={"Location": to})


async def test_pages_are_found_by_links_and_maps_and_robots_is_obeyed() -> None:
    site = Site()
    site.pages = {
        "/robots.txt": "User-agent: *\nDisallow: /private\nSitemap: http://www.example.ru/maps.xml",
        "/maps.xml": "<sitemapindex><sitemap><loc>http://www.example.ru/map.xml</loc></sitemap>"
        "<sitemap><loc>http://evil.example/map.xml</loc></sitemap></sitemapindex>",
        "/map.xml": "<urlset><url><loc>http://www.example.ru/hidden?a=1&amp;b=2</loc></url></urlset>",
        "/": '<a href="/two?utm_source=x">2</a><a href="/private/x">no</a><a href="http://evil.example/">no</a>'
        '<a href="http://www.example.ru:8080/">no</a><a href="/f.pdf">no</a><a href="/led">led</a>',
        "/two": f"<p>Тел. {STRANGER}</p>",
        "/hidden?a=1&b=2": "<p>8 (495) 999-88-77</p>",
        "/led": moved("http://evil.example/led"),
    }
    found = await crawled(site)
    assert found.phones == {STRANGER: ["http://www.example.ru/two", "http://www.example.ru/hidden?a=1&b=2"]}
    assert not any("private" in one or "evil" in one or "8080" in one or "pdf" in one for one in site.asked)
    assert site.agents == {AGENT}
    assert (found.pages, found.unread, found.fault, found.whole) == (3, 0, "", True)


@pytest.mark.parametrize(
    ("pages", "fault", "whole"),
    [
        ({"/robots.txt": "User-agent: TrunklineCrawler\nDisallow: /", "/": "<p>x"}, "robots", False),
        ({"/robots.txt": web.Response(status=503), "/": "<p>x"}, "status 503", False),
        ({"/robots.txt": web.Response(status=403), "/": "<p>x"}, "", True),
        ({"/": web.Response(status=500)}, "status 500", False),
        ({}, "status 404", False),
        ({"/": moved("http://evil.example/")}, "elsewhere", False),
        ({"/": moved("/")}, "moved", False),
        ({"/": moved("http://[bad")}, "elsewhere", False),
        ({"/": web.Response(body=b"x", content_type="text/html", headers={"Content-Encoding": "br"})}, "packed", False),
        ({"/": "<p>" + "x" * 100 + "</p>"}, "", True),
    ],
)
async def test_what_is_in_the_way_is_said(pages: Mapping[str, str | web.Response], fault: str, whole: bool) -> None:
    site = Site()
    site.pages = dict(pages)
    found = await crawled(site)
    assert (found.fault, found.whole) == (fault, whole)


async def test_a_private_address_is_not_asked() -> None:
    async with crawling(AddressRules(())) as fetcher:
        for host in ("localhost", "127.0.0.1"):
            found = await crawl([host], fetcher, QUICK)
            assert (found.fault, found.pages) == ("private", 0)


async def test_limits_end_a_crawl() -> None:
    site = Site()
    site.pages = {"/": '<a href="/0">0</a>'}
    site.pages |= {f"/{n}": f'<a href="/{n + 1}">next</a>{"x" * 1000}' for n in range(50)}
    assert (found := await crawled(site, Limits(pages=5, pause=0.0))).cut == "pages"
    assert found.pages == 5
    assert (await crawled(site, Limits(octets=3000, pause=0.0))).cut == "octets"
    assert (await crawled(site, Limits(seconds=0.0, pause=0.0))).cut == "seconds"


async def test_a_page_that_is_too_much_is_left_and_the_next_is_read() -> None:
    async with PageReader() as reader:
        with pytest.raises(TooMuchWork):
            await reader.read("https://x/", "<p>8 (495) 999-88-77</p>\ud800")
        assert (await reader.read("https://x/", "<p>8 (495) 999-88-77</p>")).phones == [STRANGER]


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://www.example.ru", "https://www.example.ru/"),
        ("http://WWW.example.ru/a?yclid=1&b=2", "http://www.example.ru/a?b=2"),
        ("https://a.shop.example.ru/", "https://a.shop.example.ru/"),
        ("https://shop.example.ru/", ""),
        ("https://example.ru/", ""),
        ("https://www.example.ru.evil.example/", ""),
        ("https://www.example.ru@evil.example/", ""),
        ("https://user@www.example.ru/", ""),
        ("https://www.example.ru:22/", ""),
        ("ftp://www.example.ru/", ""),
        ("file:///etc/passwd", ""),
        ("https://www.example.ru/x.JPG", ""),
        ("https://www.example.ru/\r\nX: y", ""),
        ("https://www.example.ru/" + "x" * 600, ""),
        ("https://[::1", ""),
    ],
)
def test_only_the_sites_own_pages_are_asked(address: str, own: str) -> None:
    assert own_address(address, HOSTS) == own


def test_each_page_is_read_once() -> None:
    frontier = Frontier(HOSTS)
    frontier.add(["https://www.example.ru/?a=1", "https://www.example.ru/b", "http://www.example.ru/b"])
    assert [frontier.next() for _ in range(3)] == ["https://www.example.ru/b", "https://www.example.ru/?a=1", None]


async def read(pool: Pool, fetcher: Fetcher) -> None:
    """As if somebody had asked for it a while after the last time."""
    await pool.execute("update site_crawls set ended_at = now() - interval '1 hour', next_at = now()")
    assert await crawl_due(pool, None, ZONE, fetcher, QUICK)
    assert not await crawl_due(pool, None, ZONE, fetcher, QUICK)


async def test_findings_are_kept_judged_and_forgotten(pool: Pool, browser: Browser) -> None:
    rows = await Rows(pool).make()
    await pool.execute("update tracking_sites set hosts = '{www.example.ru}'")
    await rows.add_lines([RETIRED])
    await pool.execute("update lines set state = 'returned' where number = $1", RETIRED)
    site = Site()
    site.pages = {
        "/": f"<p>{OWN} {number_of(1)}</p><p>ИНН 7701234567</p><a href='/bad'>x</a>",
        "/bad": f'<a href="tel:{RETIRED}">x</a><p>{STRANGER}</p><script src="//mod.calltouch.ru/init.js"></script>',
    }
    async with fetching(site) as fetcher:
        assert not await crawl_due(pool, None, ZONE, fetcher, QUICK), "its first night is to come"
        here = f"/sites/{KEY}"
        assert "not read yet" in await text_of(browser, here)
        assert (await browser.send(f"{here}/crawl", {}, page=here)).status == 303
        assert await crawl_due(pool, None, ZONE, fetcher, QUICK)
        async with pool.acquire() as connection:
            assert not await look_now(connection, rows.site, datetime.now(UTC)), "it was a moment ago"
            kinds = {one.number: (one.kind, len(one.pages)) for one in await findings_of(connection, rows.site)}
            assert kinds == {number_of(1): ("pool", 1), RETIRED: ("retired", 1), STRANGER: ("stranger", 1)}
            assert [one.key for one in await open_alarms(connection)] == [f"site.pool_number:{rows.site}"]
        text = await text_of(browser, here)
        assert "A number of a pool stands in the source" in text
        assert "2 pages were read" in text
        assert "Calltouch" in text
        assert "number of a pool" in await text_of(browser, "/sites")
        for number, status in ((STRANGER, 303), (number_of(1), 404), ("+70000000000", 404)):
            answer = await browser.send(f"{here}/findings", {"number": number, "right": "yes"}, page=here)
            assert answer.status == status, number
        site.pages["/bad"] = web.Response(status=500)
        site.pages["/"] = f"<p>{OWN}</p><a href='/bad'>x</a>"
        await read(pool, fetcher)
        async with pool.acquire() as connection:
            left = [(one.number, one.accepted_at is not None) for one in await findings_of(connection, rows.site)]
            assert left == [(RETIRED, False), (STRANGER, True)], "their page was not read"
            assert await open_alarms(connection) == []
            assert (crawl := await crawl_of(connection, rows.site))
            assert crawl.trackers == ("Calltouch",), "its page was not read"
        assert "status 500" in await text_of(browser, here)
        site.pages["/bad"] = "<p>x</p>"
        await read(pool, fetcher)
        async with pool.acquire() as connection:
            assert await findings_of(connection, rows.site) == []
            crawl = await crawl_of(connection, rows.site)
            assert crawl is not None
            assert crawl.trackers == ()
            assert crawl.next_at.astimezone(ZONE).hour == 3


async def test_known_numbers_are_nobodys_mistake_and_a_dead_node_is_followed(pool: Pool) -> None:
    rows = await Rows(pool).make()
    await pool.execute("update tracking_sites set hosts = '{www.example.ru}'")
    await pool.execute("insert into contacts (id, name) values ($1, 'Партнёр')", rows.numbers)
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", STRANGER, rows.numbers)
    site = Site()
    site.pages = {"/": f"<p>{STRANGER}</p>"}
    async with pool.acquire() as connection:
        assert await look_now(connection, rows.site, datetime.now(UTC))
    held = datetime.now(UTC) + timedelta(minutes=5)
    await pool.execute("update site_crawls set begun_at = now(), held_until = $1", held)
    async with fetching(site) as fetcher:
        assert not await crawl_due(pool, None, ZONE, fetcher, QUICK), "another node reads it"
        await pool.execute("update site_crawls set held_until = now() - interval '1 second'")
        assert await crawl_due(pool, None, ZONE, fetcher, QUICK)
    async with pool.acquire() as connection:
        assert await findings_of(connection, rows.site) == []


@pytest.mark.parametrize("charset", ["windows-1251", "punycode", "unicode_escape", "zip", "no-such"])
async def test_a_page_is_decoded_as_it_says_where_that_is_an_encoding_of_pages(charset: str) -> None:
    told = f'<meta charset="{charset}"><p>тел. 84959998877</p>'
    site = Site()
    encoded = told.encode("cp1251" if charset == "windows-1251" else "utf-8")
    site.pages = {"/": web.Response(body=encoded, headers={"Content-Type": "text/html"})}
    assert list((await crawled(site)).phones) == [STRANGER]
