"""`/phonebook/{format}`: the books as telephones fetch them, by HTTP Basic with an API token as the password."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import ETag, hdrs, web
from yarl import URL

from trunkline.errors import NotFound
from trunkline.keys import pool_key, redis_key
from trunkline.people.throttle import Bucket, Throttle
from trunkline.phonebook.book import Book, Wanted, wanted_of
from trunkline.phonebook.formats import CONTENT_TYPES, Format, Sheet, written
from trunkline.phonebook.shelf import Shelf
from trunkline.phonebook.store import entries
from trunkline.web.i18n import current_reader
from trunkline.web.i18n import gettext as _
from trunkline.web.security import peer_key

BY_OFFICE: Final = Bucket("phonebook", capacity=300, seconds=1)
"""Requests from one address: an office's telephones switched on together, then one every second."""

shelf_key = web.AppKey("phonebook_shelf", Shelf)
throttle_key = web.AppKey("phonebook_throttle", Throttle)


async def phonebook_context(app: web.Application) -> AsyncIterator[None]:
    """What telephones ask of, as long as the application runs; wants Valkey before it."""
    app[shelf_key], app[throttle_key] = Shelf(), Throttle(app[redis_key])
    yield


def routes() -> list[web.RouteDef]:
    """The routes of this module; a Grandstream puts a file name of its own behind the address it is given."""
    return [
        web.get("/phonebook/{format}", show),
        web.get(r"/phonebook/{format}/{book}/{file:(gs_)?phonebook\.xml}", show),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """`GET ?book=&search=&class=&numbers=&start=`: a book; 304 where the telephone has this very one."""
    await refuse_hurry(request, BY_OFFICE)
    format_ = _format(request.match_info["format"])
    wanted = wanted_of(request.query, request.match_info.get("book"))
    next_url = _next_url(request, format_, wanted)

    async def write() -> bytes:
        async with request.app[pool_key].acquire() as connection:
            found = await entries(connection, wanted)
        sheet = Sheet(title_of(wanted.book), found, wanted.start, next_url)
        return await asyncio.to_thread(written, format_, sheet)  # 2,000 entries: some 50 ms nobody else should wait

    copy = await request.app[shelf_key].take((format_, wanted, next_url, current_reader().language), write)
    answer = web.Response(body=copy.body, content_type=CONTENT_TYPES[format_], charset="utf-8")
    if any(etag.value in (copy.etag, "*") for etag in request.if_none_match or ()):
        answer = web.Response(status=304)
    answer.etag = ETag(copy.etag)
    answer.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return answer


async def refuse_hurry(request: web.Request, bucket: Bucket) -> None:
    """Raises HTTPTooManyRequests where its address asks more often than `bucket` lets it."""
    if wait := await request.app[throttle_key].take(bucket, request[peer_key].network):
        seconds = str(int(wait) + 1)
        raise web.HTTPTooManyRequests(
            text=_("Too many phone books from one address; try again later."), headers={hdrs.RETRY_AFTER: seconds}
        )


def _format(name: str) -> Format:
    try:
        return Format(name)
    except ValueError:
        raise NotFound(_("There are phone books for: %(formats)s.") % {"formats": ", ".join(Format)}) from None


def title_of(book: Book) -> str:
    """How the book is called."""
    return _("Staff") if book is Book.STAFF else _("Contacts")


def _next_url(request: web.Request, format_: Format, wanted: Wanted) -> str:
    """The address of the same book without its `start`; only Cisco's is read in pages."""
    if format_ is not Format.CISCO:
        return ""
    scheme = "https" if request[peer_key].secure else "http"
    asked = {"book": wanted.book.value, "numbers": wanted.spelling.value, "search": wanted.search}
    asked |= {"class": wanted.klass.value} if wanted.klass else {}
    return str(URL(f"{scheme}://{request.host}/phonebook/cisco").with_query(asked))
