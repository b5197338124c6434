"""One line as it is kept and as it may be written, and what a list of them may be asked for. No I/O here."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from trunkline.calls.phone import NamedKind, Number, parse
from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.life import LifeState, is_answered
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_LABEL = 32
LONGEST_WORD = 200
TARGETS = "queue:NAME, extension:101, targets:101-102, number:+74951234567, voicemail:BOX, playback:SOUND, reject"
_TARGET = re.compile(
    r"queue:[\w-]{1,40}|extension:\d{2,8}|targets:\d{2,8}(-\d{2,8}){0,19}|number:\+\d{7,15}"
    r"|voicemail:[\w-]{1,40}|playback:[\w/-]{1,100}|reject",
    re.ASCII,
).fullmatch
_NO_NUMBER = mark("must be a full phone number, e.g. +74951234567")
_AREA_CODE = re.compile(r"[3489]\d{2,4}", re.ASCII).fullmatch
_NOT_DIGITS = re.compile(r"[^0-9]+")

Word = Annotated[str, msgspec.Meta(max_length=LONGEST_WORD)]
Label = Annotated[str, msgspec.Meta(max_length=LONGEST_LABEL)]


class LineFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a line: `label` is the text an agent's phone shows, `fallback` where calls go when nothing else
    decides.

    `operator` is today's: of a line with a history of operators it follows that history.
    """

    name: Word = ""
    city: Word = ""
    operator: Word = ""
    brand: Word = ""
    site: Word = ""
    purpose: Word = ""
    pbx: str | None = None
    fallback: Word = ""
    label: Label = ""
    area_code: Word = ""
    """Put before callers of 5–7 digits so that they have ten; empty: they stay as the PBX sends them."""


class Line(LineFields, frozen=True):
    """A line as it is kept."""

    number: str
    mode: LineMode = LineMode.ROUTE
    state: LifeState = LifeState.ACTIVE

    @property
    def answered(self) -> bool:
        """Whether calls to it are ours to know."""
        return is_answered(self.state)


class StoredLine(Line, frozen=True, kw_only=True):
    """A line with its id; `active` follows from its state."""

    id: UUID
    active: bool
    state_since: datetime

    def line(self) -> Line:
        """The line without its id."""
        return Line(**{name: getattr(self, name) for name in Line.__struct_fields__})


class LineFilter(msgspec.Struct, frozen=True):
    """Which lines are wanted: all that fit every field that is not None."""

    digits: str | None = None
    """Consecutive digits of the number."""
    text: str | None = None
    """Part of name, label or site; with `digits` too, either may fit."""
    city: str | None = None
    operator: str | None = None
    brand: str | None = None
    active: bool | None = None
    mode: LineMode | None = None
    state: LifeState | None = None


def search(text: str) -> tuple[str | None, str | None]:
    """What somebody typed, as digits of a number and as words; `8 (495) 12` looks for `49512`."""
    words = " ".join(text.split())
    if not words:
        return None, None
    number = parse(words)
    if not isinstance(number, NamedKind):
        return number[1:], None
    digits = _NOT_DIGITS.sub("", words)
    national = digits[1:] if digits[:1] == "8" and len(digits) > 3 else digits
    return national or None, words.lower()


def checked(line: Line) -> Line:
    """`line` with its number as E.164 and its texts trimmed; raises InvalidInput with every mistake."""
    number = parse(line.number)
    plain = {name: " ".join(value.split()) for name, value in _texts(line)}
    longest = {"label": LONGEST_LABEL}
    mistakes = [
        Mistake(name, wrong)
        for name, value in plain.items()
        if (wrong := wrong_text(value, longest.get(name, LONGEST_WORD)))
    ]
    if isinstance(number, NamedKind):
        mistakes.append(Mistake("number", _(_NO_NUMBER)))
    if plain["fallback"] and not _TARGET(plain["fallback"]):
        mistakes.append(Mistake("fallback", _("is no target; write one of: %(targets)s") % {"targets": TARGETS}))
    if plain["area_code"] and (wrong := _wrong_area_code(plain["area_code"], number)):
        mistakes.append(Mistake("area_code", wrong))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(line, number=str(number), **{**plain, "pbx": plain.get("pbx") or None})


def checked_number(text: str, path: str = "number") -> Number:
    """The number `text` spells; raises InvalidInput."""
    number = parse(text)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake(path, _(_NO_NUMBER)))
    return number


def wrong_text(text: str, longest: int) -> str:
    """Why `text` cannot be kept; empty if it can."""
    if len(text) > longest:
        return _("at most %(number)s characters") % {"number": longest}
    return "" if text.isprintable() else _("must be plain text")


def _wrong_area_code(code: str, number: Number | NamedKind) -> str:
    """Why calls to `number` cannot have it; empty if they can."""
    if not _AREA_CODE(code):
        return _(
            "must be 3 to 5 digits that begin with 3, 4, 8 or 9 and make ten with what callers send:"
            " 495 before seven, 4842 before six, 48439 before five"
        )
    foreign = not isinstance(number, NamedKind) and not number.startswith("+7")
    return _("only lines of +7 have one") if foreign else ""


def shown(line: Line | None) -> Mapping[str, Any]:
    """A line for the audit log."""
    return {} if line is None else msgspec.structs.asdict(line)


def _texts(line: Line) -> Iterator[tuple[str, str]]:
    for name, value in msgspec.structs.asdict(line).items():
        if type(value) is str and name != "number":
            yield name, value
