"""A call as a provider's history has it, as steps at their own times. No I/O here.

A history may be read hours later: its steps lie where they happened, and only the reckoning, whose times are its own,
when it was read. Where webhooks told the same call, what they said stands (calls/story.py, untold.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.telling import Teller


@dataclass(frozen=True, slots=True)
class Rung:
    """Who was called from `at` to `until` (µs), and how it ended: a DIALSTATUS of Asterisk, empty for an answer."""

    leg: str
    channel: str
    number: str
    at: int
    until: int
    status: str = ""


@dataclass(frozen=True, slots=True)
class FoundCall:
    """One call; times in µs. `talked` is the leg the caller talked with, and since when.

    `lasted`: for how long, of a history that does not tell when the call was answered. `gave_up`: the caller did.
    """

    pbx: str
    call: str
    received: int
    channel: str
    number: str
    exten: str
    start: int
    over: int
    rung: Sequence[Rung] = ()
    talked: tuple[str, int] | None = None
    lasted: int = 0
    gave_up: bool = False


def steps_of(found: FoundCall) -> Iterator[Event]:
    """A webhook's own beginning, which may say more, stands before this one."""
    teller = Teller(found.pbx, found.call, "history", found.received)
    caller, start = (found.call, found.channel), found.start
    over = min(max(found.over, start), max(found.received, start))
    yield teller.then(start + 1, *caller, w.CallStarted(number=found.number, exten=found.exten))
    for one in found.rung:
        at = min(max(one.at, start), over) + 2
        yield teller.then(at, *caller, w.Dialed(to=one.leg, channel=one.channel, number=one.number))
        if one.status:
            ended = w.DialEnded(to=one.leg, status=one.status)
            yield teller.then(max(min(one.until, over), at) + 1, *caller, ended)
    if found.talked:
        leg, since = found.talked
        since = min(max(since, start), over)
        yield teller.now(*caller, w.Settled(until=over, since=since, to=leg, lasted=max(found.lasted, 0)))
        return
    if found.gave_up:
        yield teller.then(over, *caller, w.HangupAsked())
    yield teller.now(*caller, w.Settled(until=over))
