"""One crawl of one site: from its first pages, its sitemaps and the links between them, within its limits."""

import asyncio
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from calltracking.crawling.child import PageReader, TooMuchWork
from calltracking.crawling.fetching import Fetched, Fetcher, Unread
from calltracking.crawling.reach import USUAL, Frontier, Limits, begins, own_address

MOST_ADDRESSES: Final = 5
"""Addresses kept of a number's pages."""
_MOST_MAPS: Final = 10
_LOCATION: Final = re.compile(r"<loc>(?:\s{0,20}<!\[CDATA\[)?([^<]{1,1000}?)(?:\]\]>\s{0,20})?</loc>", re.IGNORECASE)


@dataclass(slots=True)
class Crawled:
    """What a crawl met: phones and where they stand, pages that were read or are gone, and what was in the way."""

    phones: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    pages: int = 0
    octets: int = 0
    unread: int = 0
    fault: str = ""
    """Why the first of the unread pages was not; of the crawl, where none was read."""
    gone: str = ""
    """What was said of the first page that is there no more, or that robots.txt forbids."""
    trackers: set[str] = field(default_factory=set)
    """Names of other call trackings whose scripts its pages load."""
    cut: str = ""
    """The limit that ended it: pages, octets or seconds."""

    @property
    def whole(self) -> bool:
        """Whether no page was left out."""
        return bool(self.pages) and not self.cut and not self.unread

    def note(self, address: str, phones: Sequence[str]) -> None:
        """A page was read."""
        self.pages += 1
        self.seen.append(address)
        for phone in phones:
            self.counts[phone] = self.counts.get(phone, 0) + 1
            known = self.phones.setdefault(phone, [])
            if len(known) < MOST_ADDRESSES:
                known.append(address)

    def miss(self, address: str, error: Unread) -> None:
        """A page was not read."""
        if error.why == "robots":
            self.gone = self.gone or error.why
            return
        if error.gone:
            self.seen.append(address)
            self.gone = self.gone or error.why
            return
        self.unread += 1
        self.fault = self.fault or error.why


async def crawl(hosts: Sequence[str], fetcher: Fetcher, limits: Limits = USUAL) -> Crawled:
    """Read the site's pages."""
    frontier, crawled = Frontier(hosts), Crawled()
    try:
        async with PageReader() as reader, asyncio.timeout(limits.seconds):
            for first in begins(hosts):
                await _enter(first, hosts, fetcher, frontier, crawled, limits)
            while not crawled.cut and (address := frontier.next()):
                if not await _read(address, hosts, fetcher, reader, frontier, crawled):
                    continue
                crawled.cut = _limit(crawled, limits)
                await asyncio.sleep(max(limits.pause, fetcher.pause_of(address)))
    except TimeoutError:
        crawled.cut = "seconds"
    if not crawled.pages:
        crawled.fault = crawled.fault or crawled.gone
    if crawled.cut in {"pages", "octets"} and frontier.next() is None:
        crawled.cut = ""
    return crawled


async def _enter(
    first: str, hosts: Sequence[str], fetcher: Fetcher, frontier: Frontier, crawled: Crawled, limits: Limits
) -> None:
    """Where a name begins: over https, else over http; and what its sitemaps name."""
    address, tries = first, [first, first.replace("https:", "http:", 1)]
    for address in tries:
        try:
            robots = await fetcher.robots_of(address)
            break
        except Unread as error:
            if address == tries[-1] or error.why == "private":
                crawled.miss(address, error)
                return
    frontier.add([address])
    maps = [*robots.maps, f"{address}sitemap.xml"][:_MOST_MAPS]
    asked = 0
    while maps and asked < _MOST_MAPS:
        where = maps.pop(0)
        if not own_map(where, hosts):
            continue
        asked += 1
        await asyncio.sleep(limits.pause)
        text = await fetcher.text(where)
        named = [html.unescape(found.strip()) for found in _LOCATION.findall(text)]
        if "<sitemapindex" in text[:2000]:
            maps += named[:_MOST_MAPS]
        else:
            frontier.add(named)


def own_map(address: str, hosts: Sequence[str]) -> bool:
    """Whether a sitemap is one of the site's own: nothing else is asked, whatever robots.txt says."""
    head, _, ending = address.partition("?")[0].rpartition(".")
    return ending.lower() == "xml" and bool(own_address(head, hosts))


async def _read(
    address: str, hosts: Sequence[str], fetcher: Fetcher, reader: PageReader, frontier: Frontier, crawled: Crawled
) -> bool:
    """Whether it was asked for: what robots.txt forbids is passed over."""
    try:
        fetched: Fetched = await fetcher.page(address, hosts)
        if not fetched.text:
            crawled.seen.append(address)
            return True
        held = await reader.read(fetched.address, fetched.text)
    except Unread as error:
        crawled.miss(address, error)
        return error.why != "robots"
    except TooMuchWork:
        crawled.miss(address, Unread("work"))
    else:
        crawled.octets += fetched.octets
        crawled.note(address, held.phones)
        crawled.trackers.update(held.trackers)
        frontier.add(held.links)
    return True


def _limit(crawled: Crawled, limits: Limits) -> str:
    if len(crawled.seen) + crawled.unread >= limits.pages:
        return "pages"
    return "octets" if crawled.octets >= limits.octets else ""
