"""Which messages follow from what happened. No I/O here.

The table is asked from above. A rule that takes it makes a message for everybody of its chain; each is told once by a
rule, by the first step that reaches him. Where the first steps reach nobody, the next one takes their place at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from trunkline.messages.happening import Happening, Kind
from trunkline.messages.rule import Channel, Conditions, Rule, Step, Whom


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, or a room. `key` tells him from all others; an address he has not is empty."""

    key: str
    name: str
    person: UUID | None = None
    room: UUID | None = None
    email: str = ""
    phone: str = ""
    has_chat: bool = False
    has_dialog: bool = False
    """A client who writes in a chat that Chat2Desk gathers."""

    def reached_by(self, channel: Channel) -> bool:
        """Whether there is an address for it."""
        match channel:
            case Channel.EMAIL:
                return bool(self.email)
            case Channel.CHAT:
                return self.has_chat
            case Channel.DIALOG:
                return self.has_dialog
            case Channel.WEBHOOK:
                return bool(self.phone or self.email or self.person)
            case Channel.ROOM:
                return self.room is not None
            case _:
                return self.person is not None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody a rule may mean."""

    responsible: Recipient | None = None
    heads: Sequence[Recipient] = ()
    directors: Sequence[Recipient] = ()
    client: Recipient | None = None
    named: Mapping[UUID, Recipient] = field(default_factory=dict)
    """Persons and rooms by id."""

    def of(self, step: Step) -> Sequence[Recipient]:
        """Whom it means; nobody, where he is gone."""
        match step.whom:
            case Whom.RESPONSIBLE:
                one = self.responsible
            case Whom.HEADS:
                return self.heads or self.directors
            case Whom.DIRECTORS:
                return self.directors
            case Whom.CLIENT:
                one = self.client
            case _:
                one = self.named.get(step.target) if step.target is not None else None
        return () if one is None else (one,)


class Draft(NamedTuple):
    """A message to be: not told before `not_before`."""

    rule: Rule
    step: int
    channel: Channel
    recipient: Recipient
    not_before: datetime
    client: bool


class Looked(NamedTuple):
    """What became of one rule: `why` is the condition that did not hold, or what it came to."""

    rule: UUID
    name: str
    took: bool
    why: str


class Decision(NamedTuple):
    """Messages, with how it came to them."""

    drafts: tuple[Draft, ...]
    trace: tuple[Looked, ...]


def decide(rules: Sequence[Rule], happening: Happening, people: People) -> Decision:
    """Ask the table, from above."""
    drafts: list[Draft] = []
    trace: list[Looked] = []
    for rule in rules:
        if rule.kind is not happening.kind or not rule.active:
            continue
        failed = unmet(rule.conditions, happening)
        if failed:
            trace.append(Looked(rule.id, rule.name, took=False, why=failed))
            continue
        found = chain(rule, happening, people)
        trace.append(Looked(rule.id, rule.name, took=True, why="" if found else "nobody"))
        drafts += found
        if rule.stops:
            trace.append(Looked(rule.id, rule.name, took=True, why="stops"))
            break
    return Decision(tuple(drafts), tuple(trace))


def unmet(conditions: Conditions, happening: Happening) -> str:
    """The first condition that does not hold; empty where all do."""
    table = (
        ("departments", not conditions.departments or bool(conditions.departments & happening.departments)),
        ("lines", not conditions.lines or happening.line in conditions.lines),
        ("brands", not conditions.brands or happening.brand in conditions.brands),
        ("stages", not conditions.stages or happening.stage in conditions.stages),
        ("classes", not conditions.classes or happening.client_class in conditions.classes),
        ("amount", happening.amount >= conditions.amount),
        ("days", _days_hold(conditions.days, happening)),
        ("seconds", happening.seconds >= conditions.seconds),
    )
    return next((name for name, holds in table if not holds), "")


def _days_hold(days: int, happening: Happening) -> bool:
    match happening.kind:
        case Kind.DEBT_OVERDUE:
            return happening.days >= days
        case Kind.PAYMENT_DEFERRED:
            return happening.days <= days
        case _:
            return True


def chain(rule: Rule, happening: Happening, people: People) -> list[Draft]:
    """The messages of one rule."""
    drafts: list[Draft] = []
    known: set[str] = set()
    earlier = 0
    for place, step in enumerate(rule.steps):
        found = {one.key: one for one in people.of(step) if one.key not in known and one.reached_by(step.channel)}
        if not drafts:
            earlier = step.after
        not_before = happening.at + timedelta(minutes=max(0, step.after - earlier))
        known |= found.keys()
        drafts += [
            Draft(rule, place, step.channel, one, not_before, step.whom is Whom.CLIENT) for one in found.values()
        ]
    return drafts
