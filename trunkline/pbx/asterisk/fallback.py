"""The fallback as Asterisk reads it: a dialplan to include, or commands for its own database. No I/O here.

Keys are numbers in full without the `+`; `[trunkline-look]` of the shipped dialplan brings what a trunk sends (+7…,
8…, 7…, ten digits, 810…) to that form. Names of people stay out: nobody needs them there, and a semicolon or a
bracket in one would be dialplan.
"""

from collections.abc import Iterator
from enum import StrEnum

from trunkline.pbx.fallback import OWN, Fallback

LINES, CALLERS = "trunkline-did", "trunkline-caller"
"""Contexts of the dialplan, and families of the database."""


class Format(StrEnum):
    """What Asterisk reads it from; names as `trunkline export fallback --format` takes them."""

    dialplan = "dialplan"
    astdb = "astdb"


FILE_NAMES = {Format.dialplan: "trunkline_fallback.conf", Format.astdb: "trunkline_fallback.astdb"}


def render(fallback: Fallback, kind: Format, written: str) -> str:
    """The whole file; `written` says when and from what, and is not part of what makes two files differ."""
    lines = _dialplan(fallback, written) if kind is Format.dialplan else _commands(fallback)
    return "\n".join(lines) + "\n"


def _dialplan(fallback: Fallback, written: str) -> Iterator[str]:
    yield f"; Written by Trunkline, {written}. Do not edit: it is written anew when something changes."
    for number, place in fallback.left_out.items():
        yield f"; {_digits(number)} left out: {_harmless(place)} cannot stand in a dialplan"
    for family, entries in _families(fallback):
        yield f"\n[{family}]"
        yield from (f"exten => {key},1,Return({place})" for key, place in entries)


def _commands(fallback: Fallback) -> Iterator[str]:
    for family, entries in _families(fallback):
        yield f"database deltree {family}"
        yield from (f"database put {family} {key} {place}" for key, place in entries)


def _families(fallback: Fallback) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    lines = [
        (_digits(number), f"{place}:{OWN}" if number in fallback.own else place)
        for number, place in fallback.lines.items()
    ]
    yield LINES, lines
    yield CALLERS, [(_digits(number), place) for number, place in fallback.callers.items()]


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter in "0123456789")


def _harmless(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ":_-. " else "?" for letter in text)[:80]
