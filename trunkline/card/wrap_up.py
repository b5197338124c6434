"""A call's wrap-up as its form sends it, checked. No I/O here but the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.card.parts import PersonBrief
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

OTHER: Final = "other"
"""What the form sends for a topic that is not on the list; the topics themselves are sent as `=NAME`."""

LONGEST: Final[Mapping[str, int]] = {"other": 500, "result": 2000, "next_step": 2000}
_FURTHEST: Final = timedelta(days=366)


class WrapUp(msgspec.Struct, frozen=True):
    """What an agent wrote down; `topic` is empty where `other` says it."""

    topic: str = ""
    other: str = ""
    transferred_to: UUID | None = None
    result: str = ""
    next_step: str = ""
    call_back_at: datetime | None = None


class WrapUpForm(msgspec.Struct, frozen=True):
    """What the form offers and has; `passed_to` is who got the call by its story."""

    topics: tuple[str, ...] | None = None
    people: tuple[PersonBrief, ...] | None = None
    mine: WrapUp | None = None
    passed_to: UUID | None = None

    def values(self, zone: ZoneInfo) -> dict[str, str]:
        """What stands in the fields before anybody writes into them."""
        mine = self.mine or WrapUp(transferred_to=self.passed_to)
        topic = f"={mine.topic}" if mine.topic else OTHER if self.mine is not None or not self.topics else ""
        at = mine.call_back_at
        return {
            "topic": topic,
            "other": mine.other,
            "transferred_to": str(mine.transferred_to or ""),
            "result": mine.result,
            "next_step": mine.next_step,
            "call_back_at": at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else "",
        }

    def offered(self) -> list[str]:
        """The topics to choose from: the list, and the one chosen before where the list has it no more."""
        topics = list(self.topics or ())
        if self.mine is not None and self.mine.topic and self.mine.topic not in topics:
            topics.append(self.mine.topic)
        return topics


def read_wrap_up(form: Mapping[str, str], known: WrapUpForm, zone: ZoneInfo, now: datetime) -> WrapUp:
    """The form as a value; raises InvalidInput with every mistake."""
    mistakes = [
        Mistake(name, too_long(len(form.get(name, "")), most))
        for name, most in LONGEST.items()
        if len(form.get(name, "")) > most
    ]
    topic, other = form.get("topic", ""), form.get("other", "")
    if topic == OTHER:
        if not other:
            mistakes.append(Mistake("other", _("say in a few words what the call was about")))
    elif topic.removeprefix("=") not in known.offered() or not topic.startswith("="):
        mistakes.append(Mistake("topic", _("choose one of the list, or “other” and say what it was")))
    person = _person(form.get("transferred_to", ""), known.people or (), mistakes)
    at = _moment(form.get("call_back_at", ""), known, zone, now, mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    chosen = "" if topic == OTHER else topic.removeprefix("=")
    return WrapUp(chosen, "" if chosen else other, person, form.get("result", ""), form.get("next_step", ""), at)


def too_long(length: int, most: int) -> str:
    """What a field says of a text that does not fit."""
    return _("is %(length)s characters long; at most %(most)s fit: shorten it") % {"length": length, "most": most}


def _person(text: str, people: Sequence[PersonBrief], mistakes: list[Mistake]) -> UUID | None:
    if not text:
        return None
    found = next((one.id for one in people if str(one.id) == text), None)
    if found is None:
        mistakes.append(Mistake("transferred_to", _("choose somebody of the list")))
    return found


def _moment(text: str, known: WrapUpForm, zone: ZoneInfo, now: datetime, mistakes: list[Mistake]) -> datetime | None:
    """When to call back; a time that was kept before may be over by now."""
    if not text:
        return None
    try:
        at = datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
    except ValueError:
        mistakes.append(Mistake("call_back_at", _("must be a day and a time, e.g. 2026-12-31T15:30")))
        return None
    if text == known.values(zone)["call_back_at"]:
        return at
    if not now - timedelta(minutes=1) <= at <= now + _FURTHEST:
        mistakes.append(Mistake("call_back_at", _("must be in the future, within a year")))
    return at
