"""Rows of a file that are one person become one contact; those that may be are told, and stay apart. No I/O here.

One person: the same code, or the same name and a number in common where codes do not say otherwise. A number alone
joins nobody: families and companies share theirs (docs/directory.md).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from trunkline.calls.phone import Number
from trunkline.contacts.rows import MOST_PHONES, NOBODY, ContactRow, Refused
from trunkline.directory.values import ContactClass

_LETTERS: Final = re.compile(r"[^\W_]+")
_MOST_OF_NUMBER: Final = 50
"""Lines of one number that are looked through: that of a switchboard stands in thousands."""
_EMPTY: Final = frozenset({None, "", NOBODY, False, Decimal(0), ContactClass.UNKNOWN})
_FIELDS: Final = {
    "company": "company",
    "klass": "class",
    "responsible": "responsible",
    "deputy": "deputy",
    "vip": "vip",
    "overdue": "overdue",
    "email": "email",
    "note": "note",
    "city": "city",
}
"""Of a row, by the names that problems use."""
Note = tuple[int, str]


@dataclass(slots=True)
class Held:
    """A row that waits for what may be joined with it; `coded`: the file gives it a code of its own."""

    line: int
    row: ContactRow
    coded: bool
    plain: str = ""
    """Its name as people mean it, once somebody has asked."""

    def is_named_as(self, other: "Held") -> bool:
        """Whether people would say that it is one name."""
        self.plain = self.plain or _plain(self.row.name)
        other.plain = other.plain or _plain(other.row.name)
        return self.plain == other.plain


class Joiner:
    """The rows of one chunk; `named` knows which line named each contact first, over all chunks."""

    def __init__(self, named: dict[str, int]) -> None:
        self._named = named
        self._start()

    def _start(self) -> None:
        self._held: dict[int, Held] = {}
        self._first: dict[Number, int] = {}
        self._more: dict[Number, list[int]] = {}
        self._by_email: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Held) -> tuple[int, list[Note]]:
        """How many lines were joined with others by this one, and what is to be told; raises Refused."""
        if found := self._same(held):
            notes: list[Note] = []
            target = found[0]
            for other in [*found[1:], held]:
                notes += _join(target, other)
                self._held.pop(other.line, None)
            self._index(target)
            return len(found), notes
        if (earlier := self._named.setdefault(held.row.external_id, held.line)) != held.line:
            raise Refused("external_id", f"repeats the contact of line {earlier}")
        notes = self._apart(held)
        self._held[held.line] = held
        self._index(held)
        return 0, notes

    def take(self) -> Iterable[Held]:
        """All of them, and none is held any more."""
        held = list(self._held.values())
        self._start()
        return held

    def _same(self, held: Held) -> list[Held]:
        """Those that are the same person, the first line first."""
        lines = {line for number in held.row.phones for line in self._lines_of(number)}
        if held.coded and (line := self._named.get(held.row.external_id)) is not None:
            lines.add(line)
        if not lines:
            return []
        named = [one for line in sorted(lines) if (one := self._held.get(line)) and one.is_named_as(held)]
        return [one for one in named if not held.coded or (one.coded and one.row.external_id == held.row.external_id)]

    def _apart(self, held: Held) -> list[Note]:
        """Who else it may be: nobody joins them but a person."""
        for number in held.row.phones:
            for line in self._lines_of(number):
                if other := self._held.get(line):
                    what = "name and number" if other.is_named_as(held) else "number"
                    under = "code" if what != "number" else "name"
                    return [
                        (
                            held.line,
                            f"has the {what} of line {line} under another {under}: not joined; the same person?",
                        )
                    ]
        email = (held.row.email or "").casefold()
        if email and (earlier := self._by_email.get(email)) in self._held:
            return [(held.line, f"has the e-mail of line {earlier}: not joined; the same person?")]
        return []

    def _lines_of(self, number: Number) -> list[int]:
        first = self._first.get(number)
        return [] if first is None else [first, *self._more.get(number, ())]

    def _index(self, held: Held) -> None:
        for number in held.row.phones:
            if self._first.setdefault(number, held.line) == held.line:
                continue
            lines = self._more.setdefault(number, [])
            if len(lines) < _MOST_OF_NUMBER and held.line not in lines:
                lines.append(held.line)
        if held.row.email:
            self._by_email.setdefault(held.row.email.casefold(), held.line)


def _join(target: Held, other: Held) -> list[Note]:
    """All numbers, and what only one of them knows; where both know, the earlier line counts."""
    phones = tuple(dict.fromkeys(target.row.phones + other.row.phones))
    changes: dict[str, Any] = {"phones": phones[:MOST_PHONES]}
    left = ["phone"] if len(phones) > MOST_PHONES else []
    for field, told in _FIELDS.items():
        ours, theirs = getattr(target.row, field), getattr(other.row, field)
        if theirs in _EMPTY or ours == theirs:
            continue
        if ours in _EMPTY:
            changes[field] = theirs
        else:
            left.append(told)
    target.row = replace(target.row, **changes)
    notes = [(other.line, f"is the person of line {target.line}: joined with it")]
    if left:
        notes.append((other.line, f"has another {', '.join(left)} than line {target.line}, which counts"))
    return notes


def _plain(name: str) -> str:
    """As people mean it: «Петров  Пётр» and «пётр петров» are one."""
    return " ".join(sorted(_LETTERS.findall(name.casefold().replace("ё", "е"))))
