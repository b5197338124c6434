"""Phone numbers: every spelling becomes one E.164 value or a named kind, once, at the edge. No I/O here.

The traps are pbx.md §5.2: 8/+7/7/10 digits, 810 and 00 prefixes, `tel:+7…;ext=`, integers from JSON, `<unknown>` from
AMI, letters. A number of 6 to 8 digits is never lengthened to +7: only the PBX it came from knows its place.
"""

import re
from enum import Enum
from typing import NewType

import phonenumbers

from trunkline.log import mask_number as mask

__all__ = ["NamedKind", "Number", "format_number", "mask", "parse", "parse_dialled", "short_digits"]

Number = NewType("Number", str)
"""`+` and 7 to 15 digits; eleven of them when the first is 7."""


class NamedKind(Enum):
    """What a spelling is when it is no E.164 number."""

    SHORT = "short"
    """Two to five digits: an extension, a service code."""
    INTERNAL = "internal"
    """Six to eight digits without an area code: a long extension or a city number only its own PBX can place."""
    ANONYMOUS = "anonymous"
    """The caller hides the number, or the PBX does not know it."""
    EMERGENCY = "emergency"
    """Dialled only: 112, 101–104 and their old forms 01–04; these always pass untouched."""
    INVALID = "invalid"
    """Not a number in any spelling we know."""


_LONGEST_SPELLING = 128
_RUSSIAN_E164 = re.compile(r"\+7[0-9]{10}").fullmatch
_RUSSIAN = re.compile(r"(?:\+?7|8)?([346789][0-9]{9})").fullmatch
_E164 = re.compile(r"\+(?:7[0-9]{10}|[1-689][0-9]{6,14})").fullmatch
_EXCEL_FLOAT = re.compile(r"(\+?[0-9]{10,15})\.0+").fullmatch
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—−.()/\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_DISPLAY_NAME = re.compile(r"[^<>]*<([^<>]*)>").fullmatch
_SCHEME = re.compile(r"(?:tel|sips?|callto):(?://)?", re.IGNORECASE).match
_EXTENSION = re.compile(
    r"(?<=[0-9)\s.])\s*"
    r"(?:;\s*(?:ext|isub|phone-context|user)=.*"
    r"|[,;]?\s*(?:#|(?:доб(?:авочный)?|вн(?:утр)?|ext)(?![^\W\d_])\.?|x)\s*[\w.-]*"
    r"|[,;]\s*[\w.-]*)\s*\Z",
    re.IGNORECASE,
)
_ANONYMOUS_WORDS = """
    anonymous|restricted|unknown|private|unavailable|withheld|hidden|blocked|no number|unknown caller|null|none|nil|
    asterisk|anonymous.invalid|скрыт|скрытый|скрытый номер|номер скрыт|неизвестно|неизвестный|аноним
"""
_ANONYMOUS = frozenset(("", *(word.strip() for word in _ANONYMOUS_WORDS.split("|"))))
_EMERGENCY = frozenset(("112", "101", "102", "103", "104", "01", "02", "03", "04"))


def parse(raw: object, *, region: str = "RU") -> Number | NamedKind:
    """The number `raw` spells, as seen from `region` (ISO 3166), or what it is instead; never raises.

    A well-formed Russian or E.164 number costs one to three pattern matches; phonenumbers (45 k/s) is asked only
    about foreign numbers without a `+` and national spellings of other regions.
    """
    if type(raw) is str and region == "RU":
        if _RUSSIAN_E164(raw):
            return Number(raw)
        if match := _RUSSIAN(raw):
            return Number("+7" + match[1])
        if _E164(raw):
            return _mended(raw)
    return _parse_spelling(raw, region)


def parse_dialled(raw: object, *, region: str = "RU") -> Number | NamedKind:
    """`parse` for what somebody dials: there 101–104 and 112 are the emergency services, not extensions."""
    return NamedKind.EMERGENCY if short_digits(raw) in _EMERGENCY else parse(raw, region=region)


def short_digits(raw: object) -> str:
    """The digits of a short or internal number (`"10-1"` → `"101"`), or an empty string for anything else."""
    digits = _bare(raw)
    return digits if digits is not None and digits.isdecimal() and 2 <= len(digits) <= 8 else ""


def format_number(number: Number) -> str:
    """`number` for people: `+7 916 123-45-67`, `8 800 555-35-35`; `parse` gives the same number back."""
    if number.startswith("+7"):
        trunk = "8" if number.startswith("+7800") else "+7"
        return f"{trunk} {number[2:5]} {number[5:8]}-{number[8:10]}-{number[10:]}"
    try:
        known = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    text = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return text if parse(text) == number else number


def _parse_spelling(raw: object, region: str) -> Number | NamedKind:
    text = _bare(raw)
    if text is None:
        return NamedKind.INVALID
    if text in _ANONYMOUS:
        return NamedKind.ANONYMOUS
    if not text.removeprefix("+").isdecimal() or not text.strip("+0"):
        return NamedKind.INVALID
    if text.startswith("+"):
        return _international(text)
    if region in {"RU", "KZ"}:
        return _russian(text)
    return _by_length(text) or _known_valid(text, region) or _known_valid("+" + text, None) or NamedKind.INVALID


def _bare(raw: object) -> str | None:
    """`raw` without display name, scheme, host, extension and separators; names in lower case; None if hopeless."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if not isinstance(raw, str) or len(raw) > _LONGEST_SPELLING:
        return None
    text = raw.translate(_FULL_WIDTH).strip().strip("\"'").strip()
    if match := _DISPLAY_NAME(text):
        text = match[1].strip()
    if match := _SCHEME(text):
        text = text[match.end() :].partition("@")[0]
    if text.lower() in _ANONYMOUS:
        return text.lower()
    if match := _EXCEL_FLOAT(text):
        return match[1]
    bare = _SEPARATORS.sub("", _without_extension(text))
    return bare if bare.isascii() and bare else None


def _without_extension(text: str) -> str:
    match = _EXTENSION.search(text)
    return text[: match.start()] if match else text


def _international(text: str) -> Number | NamedKind:
    if text.startswith("+78") and len(text) == 13:  # "+7 (8 495) …": the old trunk prefix left inside
        text = "+7" + text[3:]
    return _mended(text) if _E164(text) else NamedKind.INVALID


def _mended(text: str) -> Number:
    """`+89…` of eleven digits is +7 9… with the old trunk prefix: the country codes 89x are unassigned."""
    return Number("+7" + text[2:] if text.startswith("+89") and len(text) == 12 else text)


def _russian(digits: str) -> Number | NamedKind:
    if match := _RUSSIAN(digits):
        return Number("+7" + match[1])
    for prefix in ("810", "00"):
        if digits.startswith(prefix) and len(digits) >= len(prefix) + 8:
            return _international("+" + digits.removeprefix(prefix))
    if len(digits) == 11 and digits[0] in "78":
        return _known_valid("+" + digits, None) or Number("+7" + digits[1:])
    return _by_length(digits) or _known_valid("+" + digits, None) or NamedKind.INVALID


def _by_length(digits: str) -> NamedKind | None:
    if 2 <= len(digits) <= 5:
        return NamedKind.SHORT
    if 6 <= len(digits) <= 8:
        return NamedKind.INTERNAL
    return NamedKind.INVALID if len(digits) < 2 else None


def _known_valid(text: str, region: str | None) -> Number | None:
    if text.startswith("+") and not 11 <= len(text) - 1 <= 15:
        return None
    try:
        known = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(known):
        return None
    return Number(phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164))


_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0B: "+"}
