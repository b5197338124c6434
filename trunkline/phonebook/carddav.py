"""`/carddav/`: staff and contacts as address books that telephones keep a copy of, by HTTP Basic with an API token.

They are read, never written: the mirror and `/contacts` own them (RFC 6352, the part of it that readers need).
"""

import asyncio
import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from aiohttp import ETag, hdrs, web

from trunkline.errors import NotFound
from trunkline.keys import pool_key
from trunkline.people.throttle import Bucket
from trunkline.phonebook import dav
from trunkline.phonebook.book import Book
from trunkline.phonebook.dav import CALENDARSERVER, CARDDAV, DAV, Asked, Properties
from trunkline.phonebook.store import known
from trunkline.phonebook.vcard import CONTENT_TYPE, vcard
from trunkline.phonebook.web import refuse_hurry, shelf_key, title_of
from trunkline.web.i18n import gettext as _

ROOT: Final = "/carddav/"
BY_ADDRESS: Final = Bucket("carddav", capacity=1500, seconds=0.2)
"""Requests from one address: a first copy of 15,000 contacts in pieces of thirty, and those of an office at once."""
_LARGEST_BODY: Final = 1 << 20
_FEATURES: Final = {"DAV": "1, 3, addressbook", hdrs.ALLOW: "OPTIONS, GET, HEAD, PROPFIND, REPORT"}
_DEPTHS: Final = ("0", "1")


class Card(msgspec.Struct, frozen=True, array_like=True):
    """One card of a book: the last part of its address, and what names its content."""

    name: str
    etag: str
    text: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    book, card = f"{ROOT}{{book}}/", f"{ROOT}{{book}}/{{card}}"
    return [
        web.get("/.well-known/carddav", to_root),
        web.route("PROPFIND", "/.well-known/carddav", to_root),
        web.route("PROPFIND", "/carddav", to_root),
        *(web.route("OPTIONS", path, features) for path in (ROOT, book, card)),
        web.route("PROPFIND", ROOT, find_books),
        web.route("PROPFIND", book, find_cards),
        web.route("PROPFIND", card, find_card),
        web.route("REPORT", book, report),
        web.get(card, show),
    ]


async def to_root(_request: web.Request) -> web.Response:
    """Where the books are (RFC 6764)."""
    return web.Response(status=301, headers={hdrs.LOCATION: ROOT})


async def features(_request: web.Request) -> web.Response:
    """`OPTIONS`: what can be done here."""
    return web.Response(headers=_FEATURES)


async def find_books(request: web.Request) -> web.Response:
    """`PROPFIND`: whose books they are, and with `Depth: 1` which."""
    asked, deep = await _asked(request)
    found: list[tuple[str, Properties | None]] = [(ROOT, _of_root())]
    if deep:
        found += [(f"{ROOT}{book}/", _of_book(book, (await _cards(request, book))[1])) for book in Book]
    return _told(dav.multistatus(found, asked.names))


async def find_cards(request: web.Request) -> web.Response:
    """`PROPFIND`: the book, and with `Depth: 1` every card of it with the ETag of its content."""
    book = _book(request)
    asked, deep = await _asked(request)
    cards, tag = await _cards(request, book)
    found: list[tuple[str, Properties | None]] = [(f"{ROOT}{book}/", _of_book(book, tag))]

    def write() -> bytes:
        members = [(f"{ROOT}{book}/{card.name}", _of_card(card)) for card in cards.values()] if deep else []
        return dav.multistatus([*found, *members], asked.names)

    return _told(await asyncio.to_thread(write))  # 15,000 cards: what nobody else should wait for


async def find_card(request: web.Request) -> web.Response:
    """`PROPFIND`: one card."""
    asked, _deep = await _asked(request)
    card = await _card(request)
    return _told(dav.multistatus([(request.path, _of_card(card))], asked.names))


async def report(request: web.Request) -> web.Response:
    """`REPORT`: the cards that are named, or all of the book; no filter of a query is looked at (RFC 6352, 8.6)."""
    book = _book(request)
    asked, _deep = await _asked(request, ("",))
    if asked.kind not in (dav.MULTIGET, dav.QUERY):
        raise web.HTTPForbidden(text=_("There are addressbook-multiget and addressbook-query."))
    cards, _tag = await _cards(request, book)
    names = [href.rpartition("/")[2] for href in asked.hrefs] if asked.kind == dav.MULTIGET else list(cards)

    def write() -> bytes:
        found = [(f"{ROOT}{book}/{name}", _of_card(cards[name]) if name in cards else None) for name in names]
        return dav.multistatus(found, asked.names)

    return _told(await asyncio.to_thread(write))


async def show(request: web.Request) -> web.Response:
    """`GET`: one card."""
    await refuse_hurry(request, BY_ADDRESS)
    card = await _card(request)
    answer = web.Response(body=card.text.encode(), content_type=CONTENT_TYPE, charset="utf-8")
    if any(etag.value in (card.etag, "*") for etag in request.if_none_match or ()):
        answer = web.Response(status=304)
    answer.etag = ETag(card.etag)
    answer.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return answer


async def _asked(request: web.Request, more: tuple[str, ...] = ()) -> tuple[Asked, bool]:
    """What is asked, and whether of what is inside too."""
    await refuse_hurry(request, BY_ADDRESS)
    depth = request.headers.get("Depth", "")
    if depth not in (*_DEPTHS, *more):
        raise web.HTTPForbidden(text=_("Depth must be 0 or 1."))
    if (request.content_length or 0) > _LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(_LARGEST_BODY, request.content_length or 0)
    return dav.asked_by(await request.read()), depth == "1"


async def _cards(request: web.Request, book: Book) -> tuple[Mapping[str, Card], str]:
    """The cards of a book by their names, at most a minute old, and what names all of them."""

    async def write() -> bytes:
        async with request.app[pool_key].acquire() as connection:
            found = await known(connection, book)
        return await asyncio.to_thread(lambda: msgspec.msgpack.encode([_written(vcard(one), one.uid) for one in found]))

    copy = await request.app[shelf_key].take(("carddav", book), write)
    cards = await asyncio.to_thread(partial(msgspec.msgpack.decode, type=list[Card]), copy.body)
    return {card.name: card for card in cards}, copy.etag


def _written(text: str, uid: str) -> Card:
    return Card(f"{uid}.vcf", hashlib.sha256(text.encode()).hexdigest()[:32], text)


async def _card(request: web.Request) -> Card:
    cards, _tag = await _cards(request, _book(request))
    card = cards.get(request.match_info["card"])
    if card is None:
        raise NotFound(_("There is no such card."))
    return card


def _book(request: web.Request) -> Book:
    try:
        return Book(request.match_info["book"])
    except ValueError:
        raise NotFound(_("There are the books staff and contacts.")) from None


def _of_root() -> Properties:
    here = ("current-user-principal", "principal-URL")
    return {
        **{f"{DAV}{name}": dav.of_href(f"{DAV}{name}", ROOT) for name in here},
        **_named("Trunkline", f"{DAV}collection", f"{DAV}principal"),
        f"{CARDDAV}addressbook-home-set": dav.of_href(f"{CARDDAV}addressbook-home-set", ROOT),
    }


def _of_book(book: Book, tag: str) -> Properties:
    privileges, reports, kinds = (
        f"{DAV}current-user-privilege-set",
        f"{DAV}supported-report-set",
        f"{CARDDAV}supported-address-data",
    )
    data = dav.of_empty(kinds, f"{CARDDAV}address-data-type")
    data[0].attrib.update({"content-type": CONTENT_TYPE, "version": "3.0"})
    return {
        **_named(title_of(book), f"{DAV}collection", f"{CARDDAV}addressbook"),
        f"{DAV}current-user-principal": dav.of_href(f"{DAV}current-user-principal", ROOT),
        f"{CALENDARSERVER}getctag": dav.text(f"{CALENDARSERVER}getctag", tag),
        privileges: dav.of_each(privileges, (f"{DAV}read",), f"{DAV}privilege"),
        reports: dav.of_each(reports, (dav.MULTIGET, dav.QUERY), f"{DAV}supported-report", f"{DAV}report"),
        kinds: data,
    }


def _of_card(card: Card) -> Properties:
    return {
        f"{DAV}resourcetype": dav.of_empty(f"{DAV}resourcetype"),
        dav.ETAG: dav.text(dav.ETAG, f'"{card.etag}"'),
        f"{DAV}getcontenttype": dav.text(f"{DAV}getcontenttype", f"{CONTENT_TYPE}; charset=utf-8"),
        dav.ADDRESS_DATA: dav.text(dav.ADDRESS_DATA, card.text),
    }


def _named(title: str, *types: str) -> Properties:
    return {
        f"{DAV}resourcetype": dav.of_empty(f"{DAV}resourcetype", *types),
        f"{DAV}displayname": dav.text(f"{DAV}displayname", title),
    }


def _told(document: bytes) -> web.Response:
    return web.Response(status=207, body=document, content_type="application/xml", charset="utf-8", headers=_FEATURES)
