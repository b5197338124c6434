"""A queue as somebody writes it, and where a plan names it. No I/O here."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from router.strategies import Strategy
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LONGEST_NAME: Final = 100
MOST_PENALTY: Final = 100
_ID = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
# What a queue may be called in a dialplan we redirect to (trunkline/pbx/asterisk/control.py).
_TARGET = re.compile(r"[0-9A-Za-z_.+-]{1,80}").fullmatch


class Member(msgspec.Struct, frozen=True):
    """Who answers; of two who are free the one of the lower penalty rings first."""

    person: UUID
    penalty: int = 0


class Queue(msgspec.Struct, frozen=True):
    """One queue; `target` is its name in the PBX."""

    id: str
    name: str
    target: str
    strategy: str
    department: UUID | None = None
    members: tuple[Member, ...] = ()


class Sent(msgspec.Struct, frozen=True):
    """What a form holds, as it was typed; `penalties` by person, of those who were ticked."""

    id: str = ""
    name: str = ""
    target: str = ""
    strategy: str = Strategy.RRMEMORY.value
    department: str = ""
    penalties: Mapping[str, str] = {}


def read(sent: Sent, people: Collection[UUID], departments: Collection[UUID]) -> Queue:
    """The queue that was written; raises InvalidInput with every mistake."""
    members = [_member(person, penalty, people) for person, penalty in sent.penalties.items()]
    department = _known(sent.department, departments)
    looks = (
        ("id", _ID(sent.id), _("must be 1 to 40 of a-z, 0-9, _ and -")),
        ("name", sent.name and len(sent.name) <= LONGEST_NAME, _("must have 1 to 100 letters")),
        (
            "target",
            _TARGET(sent.target),
            _("must be its name in queues.conf, in FreePBX its number: letters, digits, _ . + -"),
        ),
        ("strategy", sent.strategy in set(Strategy), _("must be one of those offered")),
        ("department", department is not None or not sent.department, _("must be one of those offered")),
        ("members", None not in members, _("a penalty must be a whole number from 0 to 100, and its person be here")),
    )
    if mistakes := [Mistake(field, wrong) for field, right, wrong in looks if not right]:
        raise InvalidInput(*mistakes)
    chosen = tuple(member for member in members if member is not None)
    return Queue(sent.id, sent.name, sent.target, sent.strategy, department, chosen)


def places_of(body: Mapping[str, Any], queue: str) -> list[str]:
    """Where a plan names the queue: `classes.client`, `lines.+74951234567.target`, `queues.sales`."""
    return sorted(set(_walk(body, "", {f"queue:{queue}", f"team:{queue}"}, queue)))


def _walk(value: Any, path: str, targets: Collection[str], queue: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if path == "queues" and queue in value:
            yield f"queues.{queue}"
        for key, below in value.items():
            yield from _walk(below, f"{path}.{key}" if path else str(key), targets, queue)
    elif isinstance(value, str) and value in targets:
        yield path


def _member(person: str, penalty: str, people: Collection[UUID]) -> Member | None:
    known = _known(person, people)
    right = penalty.isascii() and penalty.isdigit() and len(penalty) < 4 and int(penalty) <= MOST_PENALTY
    return Member(known, int(penalty)) if known is not None and right else None


def _known(text: str, those: Collection[UUID]) -> UUID | None:
    try:
        identifier = UUID(text)
    except ValueError:
        return None
    return identifier if identifier in those else None
