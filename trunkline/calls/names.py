"""A person's or company's name as a telephone can show it. No I/O here."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from trunkline.web.i18n import mark

#: Letters of a caller's name: what a desk telephone's screen shows of it, and every PBX passes on.
SCREEN: Final = 32
_LEAST_COMPANY: Final = 6


class NameStyle(StrEnum):
    """How telephones take a caller's name: all of a PBX, or one of them."""

    UTF8 = "utf-8"
    LATIN = "latin"
    OFF = "off"


STYLE_NAMES: Final[Mapping[str, str]] = {
    NameStyle.UTF8.value: mark("as they are (UTF-8)"),
    NameStyle.LATIN.value: mark("in Latin letters, as in a passport"),
    NameStyle.OFF.value: mark("not at all"),
}


def plain(text: str) -> str:
    """`text` on one line, of letters that XML, SIP and a screen can hold: no control, format or half characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = (letter if unicodedata.category(letter)[0] != "C" else " " for letter in text)
    return " ".join("".join(kept).split())


def cut(text: str, longest: int) -> str:
    """The first `longest` letters of `text`, between two words where that leaves at least half of them."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    if text[longest] != " ":
        space = head.rfind(" ")
        head = head[:space] if space >= longest // 2 else head
    return head.rstrip(" ,;:-–—(«\"'")


def latin(text: str) -> str:
    """`text` in ASCII; what has no spelling is left out.

    Cyrillic by ICAO Doc 9303, part 3, §6 B, as in Russian passports: everybody knows his own name so. A table of 46
    letters; the libraries for it bring whole alphabets of the world, untyped.
    """
    if text.isascii():
        return text
    spelled = "".join(map(_latin_letter, text))
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelled) if letter.isascii())


@lru_cache(maxsize=16_384)
def shown_name(name: str, company: str, style: NameStyle) -> str:
    """What a ringing telephone shows in SCREEN letters: the name, and the company behind it as far as there is room."""
    if style is NameStyle.OFF:
        return ""
    name, company = plain(name), plain(company)
    if style is NameStyle.LATIN:
        name, company = plain(latin(name)), plain(latin(company))
    if not name or company in {"", name}:
        return cut(name or company, SCREEN)
    room = SCREEN - len(name) - len(" ()")
    if room < min(len(company), _LEAST_COMPANY):
        return cut(name, SCREEN)
    return f"{name} ({cut(company, room)})"


_SOUNDED: Final = "абвгдеёжзийклмнопрстуфхцчшщъыэюяіїєґўқғәөұүңһ"
_SPELLED: Final = (
    "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y e iu ia i i ie g u k g a o u u n h"
)
_ICAO: Final = dict(zip(_SOUNDED, _SPELLED.split(), strict=True)) | {"ь": ""}
_SIGNS: Final = {"«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "№": "No "}


def _latin_letter(letter: str) -> str:
    if (known := _ICAO.get(letter)) is not None:
        return known
    lower = letter.lower()
    if lower != letter and lower in _ICAO:
        return _ICAO[lower].capitalize()
    return _SIGNS.get(letter, letter)
