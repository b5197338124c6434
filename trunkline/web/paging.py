"""Paging by cursor: the next page starts after the last row's key, however many rows come meanwhile. No I/O here."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

import msgspec
from yarl import URL

from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON
from trunkline.web.i18n import gettext

T = TypeVar("T")
K = TypeVar("K")

USUAL_PAGE: Final = 50
LARGEST_PAGE: Final = 1000
"""What agencies load at once; a row of a list is some hundred bytes."""
_LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor that asks for those after them; None on the last page."""

    rows: Sequence[T]
    next_cursor: str | None

    def next_url(self, url: URL) -> str | None:
        """The address of the next page; everything else in `url` stays."""
        if self.next_cursor is None:
            return None
        return str(_relative(url).update_query(cursor=self.next_cursor))


def first_url(url: URL) -> str | None:
    """The address of the first page, None when `url` already is it."""
    return str(_relative(url).without_query_params("cursor")) if "cursor" in url.query else None


def _relative(url: URL) -> URL:
    """`url` without its host; a request knows its address with one (`url`) and without (`rel_url`)."""
    return url.relative() if url.absolute else url


def page_of(fetched: Sequence[T], size: int, key: Callable[[T], object]) -> Page[T]:
    """A page of `size` rows out of `fetched`, which must have been asked for with `limit size + 1`.

    `key` gives what the query sorts by, ending in something unique: `lambda call: (call.started_at, call.id)`.
    """
    rows = fetched[:size]
    more = len(fetched) > size
    return Page(rows, encode_cursor(key(rows[-1])) if more else None)


def encode_cursor(key: object) -> str:
    """An opaque, URL-safe form of a sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(text: str | None, kind: type[K]) -> K | None:
    """The sort key in `text`, None when there is none; raises InvalidInput. `kind`: `tuple[datetime, UUID]`.

    A cursor is not signed: it only says where to go on and opens nothing that the query itself would not show.
    """
    if not text:
        return None
    try:
        return _within(msgspec.json.decode(_octets(text), type=kind))
    except (*NOT_JSON, ValueError) as error:
        raise InvalidInput(
            Mistake("cursor", gettext("is not a cursor of ours: take `next` of the page before, or leave it out"))
        ) from error


def _within(key: K) -> K:
    """`key`, if the database has room for all of it; raises ValueError."""
    whole: object = msgspec.structs.astuple(key) if isinstance(key, msgspec.Struct) else key
    for part in whole if isinstance(whole, tuple) else (whole,):
        if isinstance(part, datetime) and not 1970 <= part.year < 2200:
            raise ValueError("a moment of no call")
        if isinstance(part, int) and abs(part) >= 2**63:
            raise ValueError("a number of no row")
    return key


def _octets(text: str) -> bytes:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b"\\u0000" in octets:
        raise ValueError("holds NUL, which no text of the database can")
    return octets


def page_size(text: str | None) -> int:
    """`limit` of a request; raises InvalidInput."""
    if text is None or text == "":
        return USUAL_PAGE
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise InvalidInput(
            Mistake("limit", gettext("must be a whole number from 1 to %(most)s") % {"most": LARGEST_PAGE})
        )
    return int(text)
