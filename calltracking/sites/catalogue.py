"""All that a visitor's request is answered by, as one immutable value. No I/O here."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from calltracking.channels.browser import browser_lists
from calltracking.channels.robots import ROBOTS
from calltracking.channels.visits import CAMPAIGNS

TABLE_SECONDS = 300
_LONGEST_ORIGIN = 300
_BEHIND_HOST = ("", "/", "?", "#")
_AFTER_HOST = re.compile(r"(?<=[^:/])[/?#]")
_HOSTS = {"yandex": "ya", "telegram": "t"}
"""Sources whose other host has another name: a browser calls a site by its host (ya.ru, t.me)."""
_WEIGHTS = {"campaign": 8, "source": 4, "channel": 2, "city": 1}


class Placement(msgspec.Struct, frozen=True):
    """One number of a page: which it is, where else than in the text it stands, and what pool may take its place."""

    name: str
    number: str
    selectors: tuple[str, ...] = ()
    pool: UUID | None = None


@dataclass(frozen=True, eq=False)
class Pool:
    """Numbers that are leased."""

    id: UUID
    name: str
    numbers: tuple[str, ...] = ()
    city: str = ""
    most_sharing: int = 5

    @cached_property
    def members(self) -> frozenset[str]:
        """The numbers, to look one up."""
        return frozenset(self.numbers)

    @cached_property
    def digest(self) -> str:
        """Changes with its numbers."""
        return hashlib.sha256(" ".join(self.numbers).encode()).hexdigest()[:16]


class Static(msgspec.Struct, frozen=True):
    """One number tells one source at a placement; with nothing named it stands for the site."""

    number: str
    placement: str
    source: str = ""
    channel: str = ""
    campaign: str = ""
    city: str = ""

    @property
    def when(self) -> dict[str, str]:
        """What must be so, as the browser's table has it."""
        return {name: value for name in _WEIGHTS if (value := getattr(self, name))}

    @property
    def weight(self) -> int:
        """The more particular goes first: campaign, source, channel, city."""
        return sum(_WEIGHTS[name] for name in self.when)


@dataclass(frozen=True, slots=True)
class Site:
    """A site with all it has."""

    id: UUID
    key: str
    hosts: frozenset[str]
    city: str = ""
    consent: str = "full"
    take: str = "need"
    hold_seconds: int = 900
    beat_seconds: int = 25
    placements: Mapping[str, Placement] = field(default_factory=lambda: MappingProxyType({}))
    statics: Sequence[Static] = ()

    @property
    def window_seconds(self) -> int:
        """How long a visitor counts as present after a beat: two of them may be lost on the way."""
        return 5 * self.beat_seconds // 2

    def owns(self, origin: str) -> bool:
        """Whether a page of this site may have sent `origin`; `*.example.ru` among the hosts is every host below it."""
        if len(origin) > _LONGEST_ORIGIN:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme not in {"https", "http"} or not host:
            return False
        return host in self.hosts or any(f"*{host[at:]}" in self.hosts for at, sign in enumerate(host) if sign == ".")

    def shows(self, page: str, origin: str) -> bool:
        """Whether `page` is the address of a page of this site, told by a page of `origin`, which is one of its own."""
        if page.startswith(origin) and page[len(origin) : len(origin) + 1] in _BEHIND_HOST:
            return True  # nearly always, and it costs next to nothing
        return self.owns(_AFTER_HOST.split(page, maxsplit=1)[0])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every site by its key and every pool by its id."""

    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType({}))
    pools: Mapping[UUID, Pool] = field(default_factory=lambda: MappingProxyType({}))

    def pool_of(self, placement: Placement) -> Pool | None:
        """The pool whose numbers may take the place of this one; None where it has none to give."""
        pool = self.pools.get(placement.pool) if placement.pool else None
        return pool if pool and pool.numbers else None


def table_of(site: Site) -> bytes:
    """The table of `GET /calltracking/v1/sites/{key}.json`, by which a browser decides with our server down too."""
    placements = site.placements.values()
    rules = _rules(site.statics, site.city)
    asked = any("channel" in rule["when"] for rule in rules)
    return msgspec.json.encode(
        {
            "v": 1,
            "site": site.key,
            "placements": [{"id": one.name, "number": one.number, "selectors": one.selectors} for one in placements],
            "static": rules,
            **({"channels": browser_lists(site.hosts)} if asked else {}),
            "campaigns": CAMPAIGNS,
            "robots": ROBOTS,
            "dynamic": [one.name for one in placements if one.pool],
            "take": site.take,
            "hold": site.hold_seconds,
            "beat": site.beat_seconds,
            "consent": site.consent,
            "phones": sorted({one.number for one in placements}),
        }
    )


def _rules(statics: Iterable[Static], city: str) -> list[dict[str, dict[str, str]]]:
    """The first that fits counts; numbers of one condition stand together.

    Who says no city is in the site's: its numbers stand for everybody before those of the whole site do.
    """
    rules: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    everybody: dict[str, str] = {}
    for one in sorted(statics, key=lambda one: (-one.weight, one.number)):
        at_home = one.when in ({"city": city}, {}) if city else not one.when
        if at_home:
            everybody.setdefault(one.placement, one.number)
        for when in _spelled(one.when):
            rules.setdefault(tuple(when.items()), {}).setdefault(one.placement, one.number)
    if everybody:
        rules[()] = everybody
    return [{"when": dict(when), "numbers": numbers} for when, numbers in rules.items()]


def _spelled(when: dict[str, str]) -> Iterable[dict[str, str]]:
    """A condition in each of the ways in which a browser may name its source; nothing for what asks nothing."""
    if when:
        yield when
    if other := _HOSTS.get(when.get("source", "").casefold()):
        yield when | {"source": other}
