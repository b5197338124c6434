"""A page's source: the phones and the links it holds, and other trackings' scripts. No I/O here."""

import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import msgspec

from calltracking.crawling.trackers import trackers_in
from trunkline.numbering.in_text import SEAM, phone_of_link, phones_in

MOST_LINKS: Final = 1000
_LONGEST_LINK: Final = 500
_SKIPPED: Final = frozenset({"script", "style", "template", "textarea", "select", "code", "pre", "svg"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "em", "font", "i", "ins", "label", "mark", "nobr", "q", "s",
     "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)  # fmt: skip
_ENOUGH_DIGITS: Final = re.compile(r"(?:\d\D*){9}")
_TELEPHONE: Final = re.compile(r'"telephone"\s*:\s*"([^"\\]{5,40})"')
_READ_OUT: Final = ("aria-label", "alt", "title")
_TEXT_AT_ONCE: Final = 4000


class Held(msgspec.Struct, frozen=True):
    """What a page holds: phones as E.164, absolute links of its anchors, names of call trackings that it loads."""

    phones: list[str]
    links: list[str]
    trackers: list[str] = []


def read_page(source: str, address: str) -> Held:
    """The page's phones and links, each once; of one that the parser cannot read on, those before that place."""
    reader = _Reader()
    with suppress(AssertionError, ValueError):  # the library's: of a declaration that is none, of `&#999…`
        reader.feed(source)
        reader.close()
    reader.end_block()
    links: dict[str, None] = {}
    base = _joined(address, reader.base) or address
    for href in reader.links:
        if link := _joined(base, href):
            links.setdefault(link.partition("#")[0])
    return Held(list(reader.phones), list(links)[:MOST_LINKS], sorted(reader.trackers))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


class _Reader(HTMLParser):
    """Gathers the text of a block, and takes its phones when it ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.phones: dict[str, None] = {}
        self.links: list[str] = []
        self.trackers: set[str] = set()
        self.base = ""
        self._text: list[str] = []
        self._skipped: list[str] = []
        self._data_of_machines = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _SKIPPED:
            self._skipped.append(tag)
            self._data_of_machines = tag == "script" and told.get("type") == "application/ld+json"
        if tag == "script":
            self.trackers.update(trackers_in((told.get("src") or "")[:_LONGEST_LINK]))
        self._part(tag)
        for name in _READ_OUT:
            self.phones.update(dict.fromkeys(phones_in((told.get(name) or "")[:_LONGEST_LINK])))
        href = told.get("href") or ""
        if tag == "base" and not self.base and len(href) <= _LONGEST_LINK:
            self.base = href
        if tag in {"a", "area"} and href:
            self._follow(href)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and tag == self._skipped[-1]:
            self._skipped.pop()
            self._data_of_machines = False
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if self._data_of_machines:
            for said in _TELEPHONE.findall(data):
                self.phones.update(dict.fromkeys(phones_in(said)))
        elif not self._skipped:
            self._text.append(data)
        elif self._skipped[-1] == "script":
            self.trackers.update(trackers_in(data))

    def _part(self, tag: str) -> None:
        if tag in _INLINE:
            self._text.append(SEAM)
        else:
            self.end_block()

    def end_block(self) -> None:
        """Take the phones of the text since the last block."""
        text = "".join(self._text)
        self._text.clear()
        for start in range(0, len(text), _TEXT_AT_ONCE):
            # A phone over the edge of a very long text is met in the next piece, which begins a little earlier.
            piece = text[max(0, start - 100) : start + _TEXT_AT_ONCE]
            if _ENOUGH_DIGITS.search(piece):
                self.phones.update(dict.fromkeys(phones_in(piece)))

    def _follow(self, href: str) -> None:
        phone = phone_of_link(href)
        if phone is not None:
            self.phones.setdefault(phone)
        elif len(href) <= _LONGEST_LINK and len(self.links) < MOST_LINKS:
            self.links.append(href)
