"""From page to page of what a home-made CRM gives. No I/O here."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from crm_sync.generic.payload import Unreadable
from crm_sync.generic.reading import Pull, at

_LONGEST: Final = 2000


def first_page(pull: Pull, since: datetime, zone: ZoneInfo, *, whole: bool) -> str:
    """Where a reading begins: of everything, or of what changed since then."""
    written = quote(_written(since, pull.since, zone), safe="")
    address = pull.sweep if whole else pull.url.replace("{since}", written)
    return _with_page(address, pull.page, 1) if pull.page else address


def next_page(pull: Pull, address: str, document: Any, *, has_rows: bool) -> str:
    """Where it goes on; empty at its end. Raises Unreadable."""
    if pull.page:
        number = int(dict(parse_qsl(urlsplit(address).query)).get(pull.page, "1"))
        return _with_page(address, pull.page, number + 1) if has_rows else ""
    told = at(document, pull.next) if pull.next else None
    if not told:
        return ""
    if not isinstance(told, str) or len(told) > _LONGEST or not told.isprintable():
        raise Unreadable(f"names no address of a page at {'.'.join(pull.next)}")
    if told == address:
        raise Unreadable("names as the next page itself")
    return told


def _written(since: datetime, form: str, zone: ZoneInfo) -> str:
    if form == "unix":
        return str(int(since.timestamp()))
    local = since.astimezone(zone)
    return local.strftime(form) if "%" in form else local.isoformat(timespec="seconds")


def _with_page(address: str, name: str, number: int) -> str:
    parts = urlsplit(address)
    pairs = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (name, str(number))])))
