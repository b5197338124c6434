"""Orders in words: how one ended, and what was done with a call by hand."""

from collections.abc import Mapping
from typing import Final

from trunkline.calls.places import Names
from trunkline.control.order import LONGEST_WORDS, Kind, Mode, OrderRow, Place, State, Why
from trunkline.control.store import Choice
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_DONE: Final[Mapping[Kind, str]] = {
    Kind.MOVE: mark("The call goes to %(target)s now."),
    Kind.PASS: mark("The client goes to %(target)s now."),
    Kind.PAUSE: mark("What is said now is not recorded; in %(target)s s the recording goes on by itself."),
    Kind.RECORD: mark("The call is recorded again."),
    Kind.LISTEN: mark("Your phone rings: pick it up and you hear the call."),
}
_WHYS: Final[Mapping[str, str]] = {
    Why.GONE: mark("He does not wait there any more: he was answered, hung up, or was moved already."),
    Why.SILENT: mark("The conversation is over, or went on elsewhere."),
    Why.CROWD: mark("More than two people are in this conversation: pass it on by telephone."),
    Why.QUEUE: mark("The PBX of this call has no such queue."),
    Why.DIALPLAN: mark("The PBX's dialplan lacks what this needs: an administrator runs “trunkline pbx check”."),
    Why.DENIED: mark("The PBX does not permit it: an administrator runs “trunkline pbx check”."),
    Why.AWAY: mark("The link to the PBX is down. Nothing was changed."),
    Why.BUSY: mark("The order you gave just before is still under way: see first what comes of it."),
    Why.UNRECORDED: mark("The PBX does not record this call, or it is over."),
    Why.SETTING: mark("This PBX does not let Trunkline do that any more."),
}
_STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.ACCEPTED: (mark("under way"), "info"),
    State.SENT: (mark("under way"), "info"),
    State.DONE: (mark("done"), "ok"),
    State.REFUSED: (mark("nothing was changed"), "plain"),
    State.EXPIRED: (mark("nothing was changed"), "plain"),
    State.UNKNOWN: (mark("nobody knows"), "warn"),
}
MODES: Final[Mapping[Mode, str]] = {
    Mode.LISTEN: mark("Only listen: nobody hears you"),
    Mode.WHISPER: mark("Whisper: the agent hears you, the client does not"),
    Mode.BARGE: mark("Join in: both hear you"),
}
_LISTENED: Final[Mapping[str, str]] = {
    Mode.LISTEN: mark("%(person)s listened to %(agent)s"),
    Mode.WHISPER: mark("%(person)s listened to %(agent)s and could whisper to him"),
    Mode.BARGE: mark("%(person)s listened to %(agent)s and could be heard by both"),
}
CONTROL_OFF: Final = mark(
    "No PBX lets Trunkline move calls or pass them on: an administrator allows it (trunkline pbx members … --control)."
)
LISTEN_OFF: Final = mark(
    "No PBX lets Trunkline ring listeners: an administrator allows it (trunkline pbx members … --listen)."
)


def place_in_words(choice: Choice) -> str:
    """A place a call can go to, as a list offers it."""
    if choice.target.place is Place.QUEUE:
        return _("Queue: %(name)s") % {"name": choice.name}
    return " · ".join(part for part in (choice.name, choice.target.name, choice.department) if part)


def outcome_in_words(kind: Kind, state: State, why: str, target: str = "") -> str:
    """What whoever asked is told."""
    match state:
        case State.DONE:
            return _(_DONE[kind]) % {"target": target} if target else _(_DONE[kind])
        case State.REFUSED:
            return why_in_words(why)
        case State.EXPIRED:
            return _("The link to the PBX is down. Nothing was changed.")
    return _("The PBX has not said whether it did it: look where the call is before you ask again.")


def why_in_words(why: str) -> str:
    """Why nothing was changed."""
    if why in _WHYS:
        return _(_WHYS[why])
    return _("The PBX refused: %(reason)s") % {"reason": why} if why else ""


def state_in_words(state: State) -> tuple[str, str]:
    """The word for a badge, and its kind."""
    word, kind = _STATES[state]
    return _(word), kind


def told(order: OrderRow, queues: Names = str, agents: Names = str) -> str:
    """What was done, in a sentence, with the names of queues and agents."""
    target = order.target_name or (queues if order.place == Place.QUEUE else agents)(order.target)
    facts = {
        "person": order.by_name,
        "agent": agents(order.agent),
        "target": target,
        "queue": queues(order.queue),
    }
    if order.place == Place.DESK and order.target_name:
        facts["target"] = f"{target} ({order.target})"
    match order.kind:
        case Kind.MOVE:
            return _("%(person)s moved the call from %(queue)s to %(target)s") % facts
        case Kind.PASS:
            return _("%(person)s passed the call on to %(target)s") % facts
        case Kind.PAUSE:
            return _("%(person)s paused the recording for %(seconds)s s at most") % (facts | {"seconds": order.seconds})
        case Kind.RECORD if order.seconds:
            return _("The recording went on by itself, %(seconds)s s after its pause") % {"seconds": order.seconds}
        case Kind.RECORD:
            return _("%(person)s let the recording go on") % facts
        case Kind.LISTEN:
            return _(_LISTENED[order.mode]) % facts


def wrong_words(text: str) -> str:
    """What is wrong with the words that go with a call, nothing where they are right."""
    if len(text) <= LONGEST_WORDS:
        return ""
    facts = {"length": len(text), "most": LONGEST_WORDS}
    return _("is %(length)s characters long; at most %(most)s fit: shorten it") % facts
