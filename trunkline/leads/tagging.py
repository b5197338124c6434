"""Tags and categories of touches: rules that people write, in their order. No I/O here.

Every rule that holds gives its tags; the first that gives a category gives it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

KINDS: Final = ("call", "missed", "form", "callback", "email", "chat")
"""Of touches that rules are asked about."""


class TagRule(msgspec.Struct, frozen=True, kw_only=True):
    """A row: what it asks for, where a condition is empty nothing; words are in small letters, as all of its texts.

    `hours` is `in` the working time, or `out` of it.
    """

    id: UUID
    name: str
    active: bool = True
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    hours: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a touch; `places` are the name and the number of what it came by."""

    kind: str
    places: Sequence[str] = ()
    direction: str = ""
    text: str = ""
    channel: str = ""
    campaign: str = ""
    classes: frozenset[str] = frozenset()
    working: bool = True


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the rules give, and which of them held."""

    tags: Sequence[str] = ()
    category: str = ""
    rules: Sequence[str] = field(default=())


NOTHING: Final = Tagged()


def tag(facts: Facts, rules: Sequence[TagRule]) -> Tagged:
    """What these rules give such a touch."""
    held = [rule for rule in rules if _holds(rule, facts)]
    tags = tuple(dict.fromkeys(one for rule in held for one in rule.tags))
    category = next((rule.category for rule in held if rule.category), "")
    return Tagged(tags, category, tuple(rule.name for rule in held))


def _holds(rule: TagRule, facts: Facts) -> bool:
    text = facts.text.casefold()
    return (
        (not rule.kinds or facts.kind in rule.kinds)
        and (not rule.places or any(place.casefold() in rule.places for place in facts.places if place))
        and (not rule.directions or facts.direction.casefold() in rule.directions)
        and (not rule.words or any(word in text for word in rule.words))
        and (not rule.channels or facts.channel.casefold() in rule.channels)
        and (not rule.campaigns or facts.campaign.casefold() in rule.campaigns)
        and (not rule.classes or bool(facts.classes & {*rule.classes}))
        and (not rule.hours or facts.working == (rule.hours == "in"))
    )
