"""The button of a site: its hours, whom it asks, and what a browser is told of it. No I/O here."""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.directory.values import DayKind
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

DAYS: Final = {
    1: mark("Monday"),
    2: mark("Tuesday"),
    3: mark("Wednesday"),
    4: mark("Thursday"),
    5: mark("Friday"),
    6: mark("Saturday"),
    7: mark("Sunday"),
}
AHEAD_DAYS: Final = 7
TICKET_SECONDS: Final = 7200
CompanyKinds: TypeAlias = Mapping[date, DayKind | None]
"""How days differ from their weekdays; as usual where nothing is said."""
_USUAL: Final[CompanyKinds] = MappingProxyType({})
_LINK = re.compile(r"https?://[^\s\"'<>\\]{3,990}").fullmatch
_TICKET = re.compile(r"(\d{9,11})-([0-9a-f]{16})-([0-9a-f]{32})").fullmatch


class WidgetFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told of a site's button."""

    queue: str
    agreed: str
    active: bool = False
    line: str = ""
    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    opens: int = 9
    closes: int = 18
    terms: str = ""


class Window(msgspec.Struct, frozen=True, array_like=True):
    """When calls are made: from and until, Unix milliseconds."""

    since: int
    until: int

    def holds(self, at: float) -> bool:
        """Whether `at` (Unix seconds) lies in it."""
        return self.since <= at * 1000 < self.until


class Offer(msgspec.Struct, frozen=True):
    """`GET /calltracking/v1/callback/{key}.json`."""

    v: int
    at: int
    windows: list[Window]
    agreed: str
    terms: str
    ticket: str


def checked_widget(told: WidgetFields) -> WidgetFields:
    """`told` trimmed; raises InvalidInput with every mistake."""
    mistakes = []
    agreed, terms = " ".join(told.agreed.split()), told.terms.strip()
    if not 1 <= len(agreed) <= 100 or not agreed.isprintable():
        mistakes.append(Mistake("agreed", _("from 1 to %(number)s characters") % {"number": 100}))
    if terms and not _LINK(terms):
        mistakes.append(Mistake("terms", _("must be a web address, e.g. https://example.ru/privacy")))
    if not told.days or not set(told.days) <= set(DAYS):
        mistakes.append(Mistake("days", _("choose at least one day")))
    if not 0 <= told.opens < told.closes <= 24:
        mistakes.append(Mistake("closes", _("must be later than it opens, both from 0 to 24")))
    if mistakes:
        raise InvalidInput(*mistakes)
    days = tuple(sorted(set(told.days)))
    return msgspec.structs.replace(told, agreed=agreed, terms=terms, days=days, line=told.line.strip())


def windows_of(told: WidgetFields, zone: ZoneInfo, now: datetime, kinds: CompanyKinds = _USUAL) -> list[Window]:
    """The hours of the coming days, the one that goes on first; a midnight that does not exist moves with the clock.

    `kinds`: how days differ from their weekdays. A holiday has none, a day before one an hour less (Labour Code of
    Russia, article 95), and a Saturday that is worked those of a day of work.
    """
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for ahead in range(AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        kind = kinds.get(day.date())
        closes = told.closes - (kind is DayKind.SHORT)
        worked = kind is DayKind.WORKING or (kind is not DayKind.OFF and day.isoweekday() in told.days)
        if not worked or closes <= told.opens:
            continue
        until = day.replace(hour=closes) if closes < 24 else day + timedelta(days=1)
        window = Window(_milliseconds(day.replace(hour=told.opens)), _milliseconds(until))
        if window.until > now.timestamp() * 1000:
            found.append(window)
    return found


def is_worked(windows: Sequence[Window], at: float) -> bool:
    """Whether calls are made at `at` (Unix seconds)."""
    return any(window.holds(at) for window in windows)


class Tickets:
    """What a page must have asked for before it asks for a call: made by us for this site, not long ago."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"calltracking callbacks", "sha256")

    def issue(self, site: UUID, at: float, chance: bytes) -> str:
        """A ticket; `chance` are eight random bytes, by which it is told from others."""
        told = f"{int(at)}-{chance.hex()}"
        return f"{told}-{self._mac(site, told)}"

    def is_good(self, site: UUID, ticket: str, at: float) -> bool:
        """Whether we issued it for the site, and it is still good."""
        found = _TICKET(ticket)
        if found is None:
            return False
        told = f"{found[1]}-{found[2]}"
        fresh = -300 <= at - int(found[1]) <= TICKET_SECONDS
        return hmac.compare_digest(self._mac(site, told), found[3]) and fresh

    def _mac(self, site: UUID, told: str) -> str:
        return hmac.digest(self._key, site.bytes + told.encode(), "sha256")[:16].hex()


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
