"""Where an address is, as a record of a MaxMind DB file tells it. No I/O here but a file of ours.

The records are those of GeoLite2-City (dev.maxmind.com/geoip/docs/databases/city-and-country); DB-IP City Lite has the
same without ISO codes of subdivisions, which are then known by their English names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from trunkline.numbering.subjects import subjects

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_SUBDIVISION: Final = re.compile(r"[A-Z0-9]{1,3}")
_LONGEST_CITY: Final = 100
_WORDS: Final = re.compile(r"[a-z]+").findall
_KINDS: Final = frozenset(
    ("oblast", "krai", "kray", "region", "republic", "autonomous", "okrug", "of", "the", "city", "yugra", "kuzbass")
)
"""Words of a subdivision's name that only say what it is."""
_SPELLED: Final = {"st": "saint"}


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1), a region and a city by its name; each empty where it is not known.

    The region of Russia is its subject's code (trunkline/numbering/subjects.csv), as that of callers' numbers;
    elsewhere the code of ISO 3166-2, e.g. `DE-BY`.
    """

    country: str = ""
    region: str = ""
    city: str = ""


NOWHERE: Final = Place()


def nowhere(_: str) -> Place:
    """Of every network where no file tells places."""
    return NOWHERE


def read_place(record: object, language: str) -> Place:
    """The place a record tells, the city's name in `language` or else in English; NOWHERE where it tells none."""
    known = _table(record)
    country = _table(known.get("country")).get("iso_code")
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        return NOWHERE
    parts = known.get("subdivisions")
    widest = _table(parts[0]) if isinstance(parts, list | tuple) and parts else {}
    return Place(country, _region(country, widest), _name(_table(known.get("city")), language, "en"))


def subject_of(iso: str, name: str = "") -> str:
    """The code of the subject whose ISO 3166-2 code is `RU-{iso}`, else of its English name; empty for none."""
    return _by_iso().get(iso) or _by_name().get(name.strip().lower()) or _by_words().get(_words(name), "")


def _region(country: str, part: Mapping[str, Any]) -> str:
    iso = part.get("iso_code")
    iso = iso if isinstance(iso, str) and _SUBDIVISION.fullmatch(iso) else ""
    if country == "RU":
        return subject_of(iso, _name(part, "en"))
    return f"{country}-{iso}" if iso else ""


def _name(part: Mapping[str, Any], *languages: str) -> str:
    names = _table(part.get("names"))
    found = next((name for each in languages if isinstance(name := names.get(each), str) and name), "")
    return found.replace("\0", "")[:_LONGEST_CITY]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@cache
def _by_iso() -> Mapping[str, str]:
    return {subject.iso: code for code, subject in subjects().items() if subject.iso}


@cache
def _by_name() -> Mapping[str, str]:
    known = [(name.lower(), code) for code, one in subjects().items() for name in (one.en, one.en_alias)]
    return {name: code for name, code in known if name}


@cache
def _by_words() -> Mapping[frozenset[str], str]:
    """By what tells a name from others; names that share it (Altai, Moscow) are left to their whole spelling."""
    found: dict[frozenset[str], str] = {}
    for code, subject in subjects().items():
        words = _words(subject.en)
        found[words] = "" if words in found else code
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(_SPELLED.get(word, word) for word in _WORDS(name.lower())) - _KINDS
