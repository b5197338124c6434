"""The 89 subjects of the Russian Federation and every spelling of them the registry has used.

No I/O but one file of ours. A subject's code is that of the state address register (ГАР), two digits. `subjects.csv`
holds names, federal districts, time zones (the capital's first), other spellings, the code of ISO 3166-2:RU where it
has one, and how GeoNames spells it. Its four newest regions count as southern, their neighbour: the district only
serves as a wider place to look for one of our numbers.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from trunkline.numbering.region import Region, RegionKind

_NOISE = frozenset(
    ("республика", "народная", "область", "обл", "край", "автономный", "автономная", "округ", "ао", "город", "гор", "г")
)
_LETTERS = re.compile(r"[^\W\d_]+").findall
_SEVERAL = re.compile(r"\s*[*,;]\s*|\s+и\s+")
_NATIONWIDE = frozenset({frozenset({"российская", "федерация"}), frozenset({"россия"})})
_BAIKONUR = frozenset({"байконур"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject; `zones` are IANA names, the first is that of its capital."""

    code: str
    ru: str
    en: str
    district: str
    zones: tuple[str, ...]
    iso: str = ""
    """Its code in ISO 3166-2 behind `RU-`; empty for those it does not list under Russia."""
    en_alias: str = ""
    """How geonames.org spells it in English, where that differs."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a region's text means: UNKNOWN where it names no subject."""

    kind: RegionKind
    subjects: tuple[str, ...] = ()


@cache
def subjects() -> Mapping[str, Subject]:
    """All of them by code."""
    return {
        row["code"]: Subject(
            *(row["code"], row["ru"], row["en"], row["district"], tuple(row["zones"].split("|"))),
            *(row["iso"], row["en_alias"]),
        )
        for row in _rows()
    }


@cache
def place_of(text: str) -> Place:
    """The place a text of the registry names.

    Several subjects («г. Москва * Московская область») are all kept. In «г. Сочи|Краснодарский край» the widest part
    stands last and decides; a part that names no subject leaves it to the one before.
    """
    for part in reversed(text.split("|")):
        words = [frozenset(_words(piece)) for piece in _SEVERAL.split(part)]
        if any(each in _NATIONWIDE for each in words):
            return Place(RegionKind.NATIONWIDE)
        if _BAIKONUR in words:
            return Place(RegionKind.BAIKONUR)
        if codes := sorted({_spellings()[each] for each in words if each in _spellings()}):
            return Place(RegionKind.SUBJECT, tuple(codes))
    return Place(RegionKind.UNKNOWN)


def zones_of(region: Region) -> tuple[ZoneInfo, ...]:
    """The time zones a number of `region` may be in, the likeliest first; none where its subjects are not known."""
    names = dict.fromkeys(zone for code in region.subjects if code in subjects() for zone in subjects()[code].zones)
    return tuple(ZoneInfo(name) for name in names)


def names_of(region: Region, language: str) -> tuple[str, ...]:
    """The subjects' names in Russian (`ru`) or English."""
    known = [subjects()[code] for code in region.subjects if code in subjects()]
    return tuple(subject.ru if language == "ru" else subject.en for subject in known)


def _words(text: str) -> list[str]:
    return [word for word in _LETTERS(text.lower().replace("ё", "е")) if word not in _NOISE]


@cache
def _spellings() -> Mapping[frozenset[str], str]:
    return {
        frozenset(_words(spelling)): row["code"]
        for row in _rows()
        for spelling in (row["ru"], *row["aliases"].split("|"))
        if spelling
    }


def _rows() -> list[dict[str, str]]:
    text = files("trunkline.numbering").joinpath("subjects.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))
