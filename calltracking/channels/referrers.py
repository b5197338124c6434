"""The sites we know and what a visit from each means. No I/O but one file of ours.

`referrers.csv` holds a source a row: its hosts with all below them, its names as people write them in `utm_source`. A
host with `=` before it stands for itself alone: `docs.google.com` is no search. `google.*` ends in any country's
domain. The host decides, for browsers no longer send a referrer's path and query.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_COUNTRY: Final = re.compile(r"com|[a-z]{2}|com?\.[a-z]{2}")
SAME: Final = ("m.", "mobile.", "l.", "lm.", "away.")
"""Before a host that stands for itself alone: it is the same site on a telephone."""


class Category(StrEnum):
    """What kind of site it is; the first four are Google Analytics' own categories of sources."""

    SEARCH = "search"
    SOCIAL = "social"
    VIDEO = "video"
    SHOPPING = "shopping"
    EMAIL = "email"
    AI = "ai"
    DISPLAY = "display"
    MAPS = "maps"
    REVIEWS = "reviews"


@dataclass(frozen=True, slots=True)
class Known:
    """A source of the list; `medium` is what a visit from its hosts has when nothing else names one."""

    source: str
    category: Category
    medium: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The list: by host with all below it, by host alone, by name."""

    below: Mapping[str, Known]
    alone: Mapping[str, Known]
    names: Mapping[str, Known]


@lru_cache(maxsize=4096)
def by_host(host: str) -> Known | None:
    """The source a host belongs to; `host` as `address.host_of` gives it."""
    lists = tables()
    for bare in (host, *(host.removeprefix(start) for start in SAME if host.startswith(start))):
        if found := _at(lists.alone, bare):
            return found
    while host:
        if found := _at(lists.below, host):
            return found
        _, _, host = host.partition(".")
    return None


def by_name(name: str) -> Known | None:
    """The source that a tag in small letters names: by a name of ours or by its host."""
    return tables().names.get(name) or (by_host(name.removeprefix("www.")) if "." in name else None)


def _at(table: Mapping[str, Known], host: str) -> Known | None:
    if found := table.get(host):
        return found
    for start, end in _cuts(host):
        if _COUNTRY.fullmatch(end) and (found := table.get(f"{start}.*")):
            return found
    return None


def _cuts(host: str) -> Iterator[tuple[str, str]]:
    """`maps.google.co.uk` without its last two labels and then its last one."""
    labels = host.split(".")
    for length in (2, 1):
        if len(labels) > length:
            yield ".".join(labels[:-length]), ".".join(labels[-length:])


@cache
def tables() -> Tables:
    """The list, read once."""
    below: dict[str, Known] = {}
    alone: dict[str, Known] = {}
    names: dict[str, Known] = {}
    text = files("calltracking.channels").joinpath("referrers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        known = Known(row["source"], Category(row["category"]), row["medium"])
        for host in row["hosts"].split():
            (alone if host.startswith("=") else below)[host.removeprefix("=")] = known
        names |= dict.fromkeys([row["source"], *filter(None, row["names"].split("|"))], known)
    return Tables(below, alone, names)
