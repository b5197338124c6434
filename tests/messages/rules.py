"""Rules and happenings of the tests, as short as they can be said."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from trunkline.messages.deciding import Recipient
from trunkline.messages.happening import Happening, Kind
from trunkline.messages.rule import Channel, Conditions, Rule, Step, Whom

AT = datetime(2026, 11, 25, 9, 20, tzinfo=UTC)
_SPACE = UUID(int=7)


def name_id(name: str) -> UUID:
    """The same for the same name."""
    return uuid5(_SPACE, name)


def step(whom: Whom = Whom.RESPONSIBLE, channel: Channel = Channel.EMAIL, after: int = 0, target: str = "") -> Step:
    return Step(whom=whom, channel=channel, after=after, target=name_id(target) if target else None)


def rule(name: str = "first", *steps: Step, kind: Kind = Kind.LEAD_OPENED, **more: Any) -> Rule:
    more.setdefault("template", "{client}: {responsible}")
    conditions = {one: more.pop(one) for one in list(more) if one in Conditions.__struct_fields__}
    return Rule(
        id=name_id(name), name=name, kind=kind, steps=steps or (step(),), conditions=Conditions(**conditions), **more
    )


def happened(kind: Kind = Kind.LEAD_OPENED, **more: Any) -> Happening:
    return Happening(kind=kind, key="it", subject=name_id("it"), at=AT, **more)


def person(name: str, **more: Any) -> Recipient:
    more.setdefault("email", f"{name}@example.com")
    return Recipient(f"person:{name_id(name)}", name, person=name_id(name), **more)
