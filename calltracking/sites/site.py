"""Sites, pools and what numbers tell, as they may be written. No I/O here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from calltracking.channels.source import Channel
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.line import Word, checked_number, wrong_text
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

CONSENTS: Final = {
    "full": mark("Known again by a cookie"),
    "cookieless": mark("Known for the day, without a cookie"),
    "none": mark("Known by nothing: no numbers are leased"),
}
TAKES: Final = {"need": mark("When a phone comes into view"), "load": mark("When the page opens")}
CHANNELS: Final = {channel.value: channel.value for channel in Channel}
"""Those by which a number on a site may be chosen: a browser tells them as reports do."""
LONGEST_HOLD, LONGEST_LATE, LONGEST_NAME, MOST_HOSTS, MOST_SELECTORS = 10_080, 10_080, 100, 50, 20
LONGEST_TALK, MOST_DAYS = 3_600, 365
_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?").fullmatch
_PLACEMENT = re.compile(r"[a-z][a-z0-9_-]{0,39}").fullmatch


class SiteFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told of a site; `queue` takes the calls to numbers that its visitors hold.

    In reports a call is a target call from so many seconds of talk, a number is unique again after so many days in
    which it talked with nobody of the site, and a visit is given something of what followed for so many days.
    """

    name: Word
    hosts: tuple[str, ...]
    brand: Word = ""
    city: Word = ""
    consent: str = "full"
    take: str = "need"
    hold_minutes: int = 15
    beat_seconds: int = 25
    active: bool = True
    queue: str | None = None
    target_seconds: int = 30
    unique_days: int = 1
    campaign_days: int = 90


class PlacementFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of its pages: which it is, where it stands beside the text, and what pool may take its place."""

    name: str
    number: str
    selectors: tuple[str, ...] = ()
    pool: UUID | None = None


class SiteRow(SiteFields, frozen=True, kw_only=True):
    """A site as it is kept."""

    id: UUID
    key: str
    placements: tuple[PlacementFields, ...] = ()


class PoolFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told of a pool; `queue` takes the calls that no lease explains, or none this late after one."""

    name: Word
    city: Word = ""
    most_sharing: int = 5
    queue: str | None = None
    late_minutes: int = 60


class PoolRow(PoolFields, frozen=True, kw_only=True):
    """A pool as it is kept, with its numbers of today and the sites that lease them."""

    id: UUID
    numbers: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class ToldFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a number tells from `since` until the day `until`: leased by a pool, or one source on a site or offline."""

    number: str
    since: date | None = None
    until: date | None = None
    pool: UUID | None = None
    site: UUID | None = None
    placement: Word = ""
    source: Word = ""
    channel: Word = ""
    campaign: Word = ""
    city: Word = ""
    note: Word = ""


class ToldRow(ToldFields, frozen=True, kw_only=True):
    """The same as it is kept."""

    id: UUID


def checked_site(site: SiteFields) -> SiteFields:
    """`site` with its hosts as browsers write them; raises InvalidInput with every mistake."""
    hosts = tuple(dict.fromkeys(host for one in site.hosts if (host := _host(one))))
    mistakes = [*_texts(site, ("name", "brand", "city")), *_name(site.name)]
    for host in hosts:
        if not _HOST(host) or len(host) > 253:
            said = _("%(host)s is no host name; write e.g. www.example.ru, or *.example.ru for all below it")
            mistakes.append(Mistake("hosts", said % {"host": host[:100]}))
    if not 1 <= len(hosts) <= MOST_HOSTS:
        mistakes.append(Mistake("hosts", _("from 1 to %(number)s host names") % {"number": MOST_HOSTS}))
    mistakes += _one_of("consent", site.consent, CONSENTS)
    mistakes += _one_of("take", site.take, TAKES)
    mistakes += _within("hold_minutes", site.hold_minutes, 1, LONGEST_HOLD)
    mistakes += _within("beat_seconds", site.beat_seconds, 5, 30)
    mistakes += _within("target_seconds", site.target_seconds, 0, LONGEST_TALK)
    mistakes += _within("unique_days", site.unique_days, 1, MOST_DAYS)
    mistakes += _within("campaign_days", site.campaign_days, 1, MOST_DAYS)
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(site, hosts=hosts, name=" ".join(site.name.split()))


def checked_placement(told: PlacementFields) -> PlacementFields:
    """`told` with its number as E.164; raises InvalidInput with every mistake."""
    number, mistakes = _number(told.number)
    if not _PLACEMENT(told.name):
        mistakes.append(Mistake("placement", _("is a short Latin word, e.g. main or sales")))
    selectors = tuple(one for text in told.selectors if (one := text.strip()))
    if len(selectors) > MOST_SELECTORS or any(wrong_text(one, 200) for one in selectors):
        mistakes.append(Mistake("selectors", _("up to 20 CSS selectors of up to 200 characters")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(told, number=number, selectors=selectors)


def checked_pool(pool: PoolFields) -> PoolFields:
    """`pool` trimmed; raises InvalidInput with every mistake."""
    mistakes = [*_texts(pool, ("name", "city")), *_name(pool.name)]
    mistakes += _within("most_sharing", pool.most_sharing, 1, 50)
    mistakes += _within("late_minutes", pool.late_minutes, 0, LONGEST_LATE)
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(pool, name=" ".join(pool.name.split()))


def checked_told(told: ToldFields, today: date) -> ToldFields:
    """`told` from today on where it does not say since when; raises InvalidInput with every mistake."""
    number, mistakes = _number(told.number)
    words = ("source", "channel", "campaign", "city", "note")
    mistakes += _texts(told, words)
    since = told.since or today
    source = any(getattr(told, name).strip() for name in words[:4])
    if told.until is not None and told.until <= since:
        mistakes.append(Mistake("until", _("must be a later day than the first")))
    if told.pool is not None and (source or told.site is not None or told.placement):
        mistakes.append(Mistake("pool", _("a number of a pool tells whatever it is leased for: leave the source out")))
    if told.pool is None and told.site is None and not source:
        mistakes.append(Mistake("source", _("say what the number tells: a source, a channel, a campaign or a city")))
    channel = _channel(told.channel)
    if told.site is not None and channel:
        mistakes += _one_of("channel", channel, CHANNELS)
    if (told.site is None) != (not told.placement):
        mistakes.append(Mistake("placement", _("a number on a site stands at one of its placements")))
    if mistakes:
        raise InvalidInput(*mistakes)
    trimmed = {name: " ".join(getattr(told, name).split()) for name in words} | {"channel": channel}
    return msgspec.structs.replace(told, number=number, since=since, **trimmed)


def _channel(text: str) -> str:
    """A channel as reports name it, in whatever letters it was written; offline it may be any words."""
    words = " ".join(text.split())
    return next((one for one in CHANNELS if one.casefold() == words.casefold()), words)


def _host(text: str) -> str:
    """A host out of what somebody pasted: an address, a name in Cyrillic."""
    host = text.strip().lower().partition("//")[2] or text.strip().lower()
    host = host.partition("/")[0].partition(":")[0].rstrip(".")
    star, name = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    try:
        return star + name.encode("idna").decode()
    except UnicodeError:
        return host


def _number(text: str) -> tuple[str, list[Mistake]]:
    try:
        return checked_number(text), []
    except InvalidInput as error:
        return text, list(error.mistakes)


def _name(name: str) -> Iterator[Mistake]:
    if not 1 <= len(" ".join(name.split())) <= LONGEST_NAME:
        yield Mistake("name", _("from 1 to %(number)s characters") % {"number": LONGEST_NAME})


def _texts(value: msgspec.Struct, names: Iterable[str]) -> list[Mistake]:
    return [Mistake(name, wrong) for name in names if (wrong := wrong_text(getattr(value, name).strip(), 200))]


def _one_of(path: str, value: str, known: Mapping[str, str]) -> list[Mistake]:
    return [] if value in known else [Mistake(path, _("must be one of: %(states)s") % {"states": ", ".join(known)})]


def _within(path: str, value: int, low: int, high: int) -> list[Mistake]:
    told = _("must be a number from %(low)s to %(high)s") % {"low": low, "high": high}
    return [] if low <= value <= high else [Mistake(path, told)]
