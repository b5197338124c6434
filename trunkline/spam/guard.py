"""What may be written on a spam list: shards of lists, short numbers and our own numbers never. No I/O here."""

import re
from typing import NamedTuple

from trunkline.calls.phone import NamedKind, parse, parse_dialled
from trunkline.web.i18n import mark

LEAST_DIGITS = 6
_DIGITS = re.compile(r"\d")
_PREFIX = re.compile(r"\+[1-9][0-9]{5,14}").fullmatch
_KINDS = {
    NamedKind.SHORT: mark("is a short number; a full one with its code is needed"),
    NamedKind.INTERNAL: mark("has no area code; a full number is needed"),
    NamedKind.ANONYMOUS: mark("is no number; hidden callers have a rule of their own in the plan"),
    NamedKind.EMERGENCY: mark("is an emergency number"),
    NamedKind.INVALID: mark("is no phone number in any spelling we know"),
}
_TOO_SHORT = mark("has fewer than 6 digits; it would match far too many callers")
_ONE_STAR = mark("may have one star, at its end: +7495123*")


class Entry(NamedTuple):
    """A number, or with `whole` false all numbers that begin with `prefix`; always `+` and digits."""

    prefix: str
    whole: bool

    def __str__(self) -> str:
        return self.prefix if self.whole else f"{self.prefix}*"


def read_entry(text: str) -> Entry:
    """The number or prefix (`+7 495 123*`) that `text` spells; raises ValueError saying why it may not be listed."""
    digits = "".join(_DIGITS.findall(text))
    whole = not text.rstrip().endswith("*")
    kind = parse_dialled(text) if whole else NamedKind.INVALID
    if kind is NamedKind.EMERGENCY:
        raise ValueError(_KINDS[kind])
    if len(digits) < LEAST_DIGITS or not digits.strip("0"):
        raise ValueError(_TOO_SHORT)
    if "*" in text.rstrip()[:-1] or "?" in text:
        raise ValueError(_ONE_STAR)
    if not whole:
        return Entry(_prefix(text, digits), whole=False)
    number = parse(text)
    if isinstance(number, NamedKind):
        raise ValueError(_KINDS[number])  # noqa: TRY004 - what was written is wrong, not its type
    return Entry(number, whole=True)


def _prefix(text: str, digits: str) -> str:
    """The first digits of a number in E.164: a leading 8, or 7, without a plus is Russia's."""
    digits = f"7{digits[1:]}" if digits[0] == "8" and not text.lstrip().startswith("+") else digits
    prefix = f"+{digits}"
    if not _PREFIX(prefix):
        raise ValueError(_KINDS[NamedKind.INVALID])
    return prefix
