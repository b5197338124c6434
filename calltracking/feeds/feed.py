"""A source that costs are read from: its system, what must be said of it, how far it has come. No I/O here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_TEXT, Channel
from calltracking.costs.cells import read_channel, read_rate
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_SECRET: Final = 500
_SECRET = re.compile(r"[\x21-\x7e]+").fullmatch


@dataclass(frozen=True, slots=True)
class System:
    """One advertising system; `pieces` is how many days are asked for at once at each level it tells."""

    name: str
    source: str
    channel: Channel
    pieces: Mapping[str, int]
    most_days: int
    """How far back it tells."""
    with_vat: bool
    """Whether its amounts hold VAT where nobody says."""
    login: str
    is_login: Callable[[str], object]
    login_words: str


SYSTEMS: Final[Mapping[str, System]] = MappingProxyType(
    {
        "direct": System(
            mark("Yandex Direct"),
            "yandex",
            Channel.PAID_SEARCH,
            MappingProxyType({"campaign": 31, "group": 14, "keyword": 7}),
            1095,
            with_vat=True,
            login=mark("Client-Login"),
            is_login=re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}").fullmatch,
            login_words=mark("must be the advertiser's login at Yandex, such as elama-1234567"),
        ),
        "vk": System(
            mark("VK Ads"),
            "vk",
            Channel.PAID_SOCIAL,
            MappingProxyType({"campaign": 31}),
            365,
            with_vat=False,
            login=mark("client_id"),
            is_login=re.compile(r"[A-Za-z0-9_-]{1,100}").fullmatch,
            login_words=mark("must be the client_id of the page “API access” of VK Ads"),
        ),
    }
)
LEVELS: Final[Mapping[str, str]] = {
    "campaign": mark("campaigns"),
    "group": mark("ad groups"),
    "keyword": mark("keywords"),
}


class FeedFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a source; an empty secret leaves the one that is kept. `vat` in percent; None: the law's.

    `named` is which of a campaign's fields stands as the campaign of its costs: id or name.
    """

    kind: str
    name: str
    since: date
    login: str = ""
    secret: str = ""
    level: str = "campaign"
    named: str = "id"
    source: str = ""
    channel: str = ""
    with_vat: bool = True
    vat: Decimal | None = None
    active: bool = True


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One as it is kept, without its secrets: what it is, what is being read, how it went last."""

    id: UUID
    kind: str
    name: str
    login: str
    level: str
    named: str
    source: str
    channel: str
    with_vat: bool
    vat: Decimal | None
    since: date
    active: bool
    active_at: datetime
    due_at: datetime
    begun_at: datetime | None
    held_until: datetime | None
    next_day: date | None
    last_day: date | None
    report: str
    tries: int
    read_at: datetime | None
    read_rows: int
    read_kept: int
    read_until: date | None
    trouble: str
    said: str
    trouble_at: datetime | None

    @property
    def system(self) -> System:
        """Its system."""
        return SYSTEMS[self.kind]

    def is_on(self, now: datetime) -> bool:
        """Whether a worker reads it."""
        return self.held_until is not None and self.held_until > now


def checked(told: FeedFields, known: Feed | None, today: date) -> FeedFields:
    """`told` trimmed and filled with what is usual of its system; raises InvalidInput with every mistake."""
    system = SYSTEMS.get(told.kind)
    if system is None:
        raise InvalidInput(Mistake("kind", _("must be one of: %(states)s") % {"states": ", ".join(SYSTEMS)}))
    name, login, secret = (text.strip() for text in (told.name, told.login, told.secret))
    source, channel = clean(told.source.lower(), LONGEST_TEXT) or system.source, told.channel or system.channel.value
    mistakes = list(_mistakes(told, system, today))
    if not 1 <= len(name) <= 100 or not name.isprintable():
        mistakes.append(Mistake("name", _("from 1 to %(number)s characters") % {"number": 100}))
    if login and not system.is_login(login):
        mistakes.append(Mistake("login", _(system.login_words)))
    if secret and (len(secret) > LONGEST_SECRET or not _SECRET(secret)):
        told_words = {"number": LONGEST_SECRET}
        mistakes.append(Mistake("secret", _("must be at most %(number)s Latin characters") % told_words))
    if not secret and known is None:
        mistakes.append(Mistake("secret", _("is needed: without it nothing can be read")))
    try:
        channel = read_channel(channel).value
    except InvalidInput as error:
        mistakes += [Mistake("channel", mistake.message) for mistake in error.mistakes]
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(told, name=name, login=login, secret=secret, source=source, channel=channel)


def _mistakes(told: FeedFields, system: System, today: date) -> Iterable[Mistake]:
    if told.level not in system.pieces:
        levels = ", ".join(_(LEVELS[level]) for level in system.pieces)
        yield Mistake("level", _("this system tells costs by: %(levels)s") % {"levels": levels})
    if told.named not in {"id", "name"}:
        yield Mistake("named", _("choose one of the list"))
    if told.vat is not None and not 0 <= told.vat <= 30:
        yield Mistake("vat", _("must be a number from %(low)s to %(high)s") % {"low": 0, "high": 30})
    first = today - timedelta(days=system.most_days)
    if not first <= told.since < today:
        words = _("must be a day from %(first)s up to yesterday: further back this system tells nothing")
        yield Mistake("since", words % {"first": first.isoformat()})


def read_vat(text: str) -> Decimal | None:
    """Percent of what somebody wrote; None for nothing: the law's. Raises InvalidInput."""
    try:
        return read_rate(text) if text else None
    except InvalidInput as error:
        raise InvalidInput(*(Mistake("vat", mistake.message) for mistake in error.mistakes)) from error
