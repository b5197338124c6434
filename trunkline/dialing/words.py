"""The guard's refusals and the states of a dial, as people are told."""

from collections.abc import Mapping
from typing import Final

from trunkline.dialing.callback import CallbackState
from trunkline.dialing.dial import Outcome, State
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

REFUSALS: Mapping[str, str] = {
    "off": mark("Calling out is switched off."),
    "emergency": mark("Emergency numbers are dialled on a telephone, never by a program."),
    "short": mark("This is a short or internal number; only full outside numbers are called."),
    "no_number": mark("This is no telephone number, or a hidden one."),
    "own": mark("This is one of our own lines."),
    "do_not_call": mark("This number is on the do-not-call list."),
    "spam": mark("This number is on a spam list."),
    "denied": mark("Numbers that begin so are never called."),
    "not_allowed": mark("Numbers of this country or kind may not be called."),
    "contacted": mark(
        "We have called or written to this client as often as the rule allows; a supervisor may call him all the same."
    ),
    "number_calls": mark("This number was called too often in the last 24 hours."),
    "number_minutes": mark("Too many minutes were talked with this number in the last 24 hours."),
    "ip_calls": mark("Too many calls were asked for from your address in the last 24 hours."),
    "ip_minutes": mark("Too many minutes of calls were asked for from your address in the last 24 hours."),
    "day_calls": mark("The company's calls of the last 24 hours are used up."),
    "day_minutes": mark("The company's minutes of the last 24 hours are used up."),
}
"""By rule of the guard."""

STATES: Mapping[str, tuple[str, str]] = {
    State.ACCEPTED: (mark("waits for the PBX"), "plain"),
    State.SENT: (mark("on its way"), "info"),
    State.RINGING: (mark("the agent's phone rings"), "info"),
    State.DIALLING: (mark("the client's phone rings"), "info"),
    State.TALKING: (mark("they talk"), "ok"),
    Outcome.ANSWERED: (mark("they talked"), "ok"),
    Outcome.NO_ANSWER: (mark("the client did not answer"), "warn"),
    Outcome.AGENT_NO_ANSWER: (mark("the agent did not answer"), "warn"),
    Outcome.NOT_DIALLED: (mark("the phone was out of reach"), "bad"),
    Outcome.REFUSED: (mark("refused by the PBX"), "bad"),
    Outcome.EXPIRED: (mark("could not be sent in time"), "bad"),
    Outcome.STOPPED: (mark("stopped by the switch"), "plain"),
    Outcome.UNKNOWN: (mark("nobody knows"), "warn"),
}
"""By state, and by outcome where it ended: the words, and how they are shown."""

BY_HAND: Final = mark("by hand")
"""The source of a callback that was added on `/callbacks/new`."""
CALLBACK_STATES: Mapping[str, tuple[str, str]] = {
    CallbackState.WAITING: (mark("waits"), "plain"),
    CallbackState.DIALLING: (mark("is being called"), "info"),
    CallbackState.REACHED: (mark("reached"), "ok"),
    CallbackState.CANCELLED: (mark("called no more"), "plain"),
    CallbackState.GIVEN_UP: (mark("given up, not reached"), "bad"),
}
CALLBACK_WHYS: Mapping[str, str] = {
    "got_through": mark("got through by himself"),
    "person": mark("cancelled by a person"),
    "no_answer": mark("did not answer"),
    "short": mark("a voicemail answered"),
    "agent": mark("an agent did not answer"),
    "agents": mark("no agent answered"),
    "sooner": mark("asked again, for a sooner time"),
    "hours": mark("not at this hour where he is"),
    "too_late": mark("nobody was free in time"),
}
"""Why it stands so; where the guard refused it is the name of its rule."""


def source_in_words(source: str) -> str:
    """Which way a callback was asked for: a program's own word for itself, or ours for who was written down here."""
    return _(source) if source == BY_HAND else source


def refusal(rule: str, reason: str | None = None) -> str:
    """The sentence for a rule; `reason` is why the number is on the do-not-call list."""
    text = _(REFUSALS[rule])
    return f"{text} ({reason})" if reason else text
