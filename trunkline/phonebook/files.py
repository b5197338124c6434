"""`GET /phonebook/vcard`: a book, or one contact, as a file that any address book takes in."""

import asyncio
from typing import Final, TypeVar
from uuid import UUID

from aiohttp import hdrs, web

from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key
from trunkline.phonebook.book import Book
from trunkline.phonebook.store import known, known_contact
from trunkline.phonebook.vcard import CONTENT_TYPE, Known, Version, vcard
from trunkline.phonebook.web import BY_OFFICE, refuse_hurry
from trunkline.web.i18n import gettext as _

T = TypeVar("T", Book, Version)
_KNOWN: Final = ("book", "contact", "version")


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/phonebook/vcard", show)]


async def show(request: web.Request) -> web.Response:
    """`GET ?book=contacts|staff&version=3.0|4.0`, or `?contact=ID`: up to 20,000 cards by name; raises InvalidInput."""
    await refuse_hurry(request, BY_OFFICE)
    if odd := [name for name in request.query if name not in _KNOWN]:
        raise InvalidInput(Mistake(odd[0], f"is not known; there are {', '.join(_KNOWN)}"))
    version = _one_of("version", request.query.get("version") or Version.OLD, Version)
    if contact := request.query.get("contact"):
        name, cards = "contact", [await _contact(request, contact)]
    else:
        book = _one_of("book", request.query.get("book") or Book.CONTACTS, Book)
        async with request.app[pool_key].acquire() as connection:
            name, cards = book.value, await known(connection, book)
    body = await asyncio.to_thread(lambda: "".join(vcard(one, version) for one in cards).encode())
    answer = web.Response(body=body, content_type=CONTENT_TYPE, charset="utf-8")
    answer.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}.vcf"'
    answer.headers[hdrs.CACHE_CONTROL] = "no-store"
    return answer


async def _contact(request: web.Request, text: str) -> Known:
    try:
        identifier = UUID(text)
    except ValueError:
        raise NotFound(_("There is no such card.")) from None
    async with request.app[pool_key].acquire() as connection:
        found = await known_contact(connection, identifier)
    if found is None:
        raise NotFound(_("There is no such card."))
    return found


def _one_of(name: str, text: str, kind: type[T]) -> T:
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(Mistake(name, f"must be one of {', '.join(kind)}")) from None
