"""What a card's socket says and hears: small JSON objects, each with its `type`. No I/O here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from trunkline.calls.agents import AgentEvent
from trunkline.calls.places import Names
from trunkline.errors import InvalidInput, Mistake
from trunkline.notices.notice import Notice, sentence
from trunkline.notjson import NOT_JSON
from trunkline.web.human import moment, phone
from trunkline.web.i18n import current_reader, gettext, mark

LONGEST_FRAME: Final = 4096
"""Bytes of what a client may say; a frame that is longer ends the socket."""


class Closing(IntEnum):
    """Why we close, as the code of the close frame; those over 4000 are ours."""

    RESTART = 1001
    TOO_LONG = 1009
    UNREADABLE = 4400
    SESSION_OVER = 4401
    EXTENSION_TAKEN = 4409
    TOO_MUCH = 4429


class State(NamedTuple):
    """Everything an extension is in, as of `event_id`: what is not among `calls` is over."""

    event_id: int
    extension: str
    calls: Sequence[AgentEvent]


class Changed(NamedTuple):
    """What changed up to `event_id`."""

    event_id: int
    calls: Sequence[AgentEvent]


class Presence(NamedTuple):
    """His own presence is another than he was told: whoever shows it looks again."""


PRESENCE = Presence()


class Goodbye(NamedTuple):
    """The last that is said: `text` is for people, translated when it is sent, its `values` filled in then."""

    code: Closing
    text: str
    values: Mapping[str, object] = MappingProxyType({})


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="resume"):
    """Tell me all again; `last` is the newest event it knows."""

    last: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)] = 0


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="seen"):
    """Whether somebody can see the page: where no page of his is seen, a person is told of rings by his browser."""

    visible: bool


RESTARTED = Goodbye(Closing.RESTART, mark("The server is being restarted; the card comes back by itself."))
SESSION_OVER = Goodbye(Closing.SESSION_OVER, mark("Your session has ended: sign in again."))
TOO_LONG = Goodbye(Closing.TOO_LONG, mark("A frame of the card has at most %(limit)s bytes."), {"limit": LONGEST_FRAME})
TOO_MANY_FRAMES = Goodbye(Closing.TOO_MUCH, mark("Too many frames at once: a card says one when it comes back."))
TOO_MANY_CARDS = Goodbye(Closing.TOO_MUCH, mark("Too many cards of yours are open: close some of the tabs."))


def unreadable(error: InvalidInput) -> Goodbye:
    """A frame that is no message of ours."""
    text = mark('This is no message of the card (%(error)s): it says {"type": "resume", "last": 0}.')
    return Goodbye(Closing.UNREADABLE, text, {"error": error})


def taken(extension: str, name: str) -> Goodbye:
    """Somebody else has the extension now."""
    text = mark(
        "Extension %(extension)s is now that of %(name)s: calls ring for you no more. Ask who gives extensions."
    )
    return Goodbye(Closing.EXTENSION_TAKEN, text, {"extension": extension, "name": name})


def moved(now: str | None) -> Goodbye:
    """The person has another extension now, or none."""
    if now is None:
        return Goodbye(Closing.EXTENSION_TAKEN, mark("You have no extension any more: calls ring for you no more."))
    text = mark("Your extension is %(extension)s now: load the page again.")
    return Goodbye(Closing.EXTENSION_TAKEN, text, {"extension": now})


class Told(NamedTuple):
    """A notice for the person: what happened, and the page it is about."""

    notice: Notice


Message = State | Changed | Presence | Told | Goodbye

Said = Resume | Seen

_hello: Callable[[str | bytes], Said] = msgspec.json.Decoder(Said).decode


def read_frame(frame: str | bytes) -> Said:
    """What a client said; raises InvalidInput."""
    try:
        return _hello(frame)
    except NOT_JSON as error:
        raise InvalidInput(Mistake("frame", str(error))) from error


def as_json(message: Message, now: datetime, names: Names) -> str:
    """`message` as it goes over the wire."""
    return msgspec.json.encode(as_told(message, now, names)).decode()


def as_told(message: Message, now: datetime, names: Names) -> dict[str, Any]:
    """`message` as plain values, with the names of queues.

    How long a state lasts is told in seconds, for a client's clock may be wrong.
    """
    match message:
        case State(event_id, extension, calls):
            told = [_call(one, now, names) for one in calls]
            return {"type": "state", "event_id": event_id, "extension": extension, "calls": told}
        case Changed(event_id, calls):
            return {"type": "changed", "event_id": event_id, "calls": [_call(one, now, names) for one in calls]}
        case Presence():
            return {"type": "presence"}
        case Told(notice):
            reader = current_reader()
            text = sentence(notice.kind, notice.facts, gettext, lambda when: moment(when, now, reader))
            return {"type": "notice", "kind": notice.kind, "href": notice.href, "text": text}
        case Goodbye(code, text, values):
            return {"type": "goodbye", "code": int(code), "message": gettext(text) % values}


def _call(one: AgentEvent, now: datetime, names: Names) -> dict[str, Any]:
    told: dict[str, Any] = {"call_id": str(one.call_id), "event_id": one.event_id, "state": one.state}
    if one.since is not None:
        told |= {
            "seconds": round(max(0.0, (now - one.since).total_seconds()), 1),
            "other": one.other,
            "other_shown": phone(one.other) if one.other else "",
            "other_name": one.other_name,
            "line": one.line,
            "line_shown": phone(one.line) if one.line else "",
            "queue": one.queue,
            "queue_shown": names(one.queue),
        }
    return told
