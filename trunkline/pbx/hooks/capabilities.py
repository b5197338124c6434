"""What each hosted PBX can do: one table, from which its page says what it has and what it lacks. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Routing(StrEnum):
    """Who says where a call goes (pbx.md §0.1)."""

    REPLY = "reply"
    """Our reply decides."""
    NAMES = "names"
    """Our reply names the caller and who is responsible; the PBX does the rest."""
    COMMAND = "command"
    """A command of ours sends the call on, after the event that told of it."""
    EVENTS = "events"
    """Nobody but the cabinet: we hear of calls, and cannot send them anywhere."""


class Can(StrEnum):
    """One thing a hosted PBX has or lacks."""

    SIGNED = "signed"
    """Its requests carry a signature that we look at."""
    NAME = "name"
    """It shows the caller's name we give."""
    STICKY = "sticky"
    """It rings one extension for so long and then goes on by itself."""
    GROUPS = "groups"
    """It rings several extensions of our choice at once."""
    MOBILE = "mobile"
    """It calls an outside number of our choice."""
    CHALLENGE = "challenge"
    """It asks the caller for a digit, and tells us which he pressed."""
    REJECT = "reject"
    """It refuses a caller we name."""
    RINGING = "ringing"
    """It tells which extension rings."""
    ANSWERED = "answered"
    """It tells of the answer when it happens, and not only when the call is over."""
    OUTGOING = "outgoing"
    """It tells of outgoing calls."""
    TRANSFERS = "transfers"
    """It tells who was passed on to whom."""
    HANGUP = "hangup"
    """It tells which side ended a talk."""
    ORIGINATE = "originate"
    """We can begin a call through it: click-to-call, callbacks."""
    HISTORY = "history"
    """Calls whose webhooks were lost are found in its history."""
    RECORDINGS = "recordings"
    """Recordings are fetched from it."""
    MEMBERS = "members"
    """We switch who is rung in its groups."""
    PRESENCE = "presence"
    """It tells which telephones are free."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What we do with one provider: what its contract allows and this version makes use of."""

    routing: Routing
    has: frozenset[Can]
    asks_once: bool = False
    """Its contract knows one question a call: one that comes again is the same one, and gets the same answer."""

    @property
    def lacks(self) -> tuple[Can, ...]:
        """The rest, in the order of `Can`."""
        return tuple(one for one in Can if one not in self.has)


_HISTORY: Final = (Can.HISTORY, Can.RECORDINGS)
"""Of those in `histories.py`, once their API's key is given."""

CAPABILITIES: Final[Mapping[str, Capabilities]] = MappingProxyType(
    {
        "zadarma": Capabilities(
            Routing.REPLY,
            frozenset(
                (
                    Can.SIGNED,
                    Can.NAME,
                    Can.STICKY,
                    Can.MOBILE,
                    Can.CHALLENGE,
                    Can.REJECT,
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.ORIGINATE,
                    *_HISTORY,
                    Can.PRESENCE,
                )
            ),
        ),
        "sipuni": Capabilities(
            Routing.REPLY,
            frozenset((Can.MOBILE, Can.REJECT, Can.RINGING, Can.ANSWERED, Can.OUTGOING, Can.ORIGINATE, *_HISTORY)),
        ),
        "telphin": Capabilities(
            Routing.REPLY,
            frozenset(
                (
                    Can.NAME,
                    Can.MOBILE,
                    Can.REJECT,
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.ORIGINATE,
                    *_HISTORY,
                )
            ),
        ),
        "uis": Capabilities(
            Routing.REPLY,
            frozenset(
                (
                    Can.MOBILE,
                    Can.CHALLENGE,
                    Can.REJECT,
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.ORIGINATE,
                    Can.MEMBERS,
                    *_HISTORY,
                )
            ),
        ),
        "megafon": Capabilities(
            Routing.NAMES,
            frozenset(
                (
                    Can.SIGNED,
                    Can.NAME,
                    Can.STICKY,
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.TRANSFERS,
                    Can.ORIGINATE,
                    *_HISTORY,
                    Can.MEMBERS,
                )
            ),
            asks_once=True,
        ),
        "exolve": Capabilities(
            Routing.REPLY,
            frozenset((Can.STICKY, Can.GROUPS, Can.MOBILE, Can.RINGING, Can.ANSWERED)),
            asks_once=True,
        ),
        "mango": Capabilities(
            Routing.COMMAND,
            frozenset(
                (
                    Can.SIGNED,
                    Can.NAME,
                    Can.STICKY,
                    Can.MOBILE,
                    Can.REJECT,
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.TRANSFERS,
                    Can.ORIGINATE,
                    *_HISTORY,
                )
            ),
            asks_once=True,
        ),
        "mts": Capabilities(
            Routing.EVENTS, frozenset((Can.SIGNED, Can.RINGING, Can.ANSWERED, Can.OUTGOING, *_HISTORY))
        ),
        "beeline": Capabilities(
            Routing.EVENTS,
            frozenset(
                (
                    Can.RINGING,
                    Can.ANSWERED,
                    Can.OUTGOING,
                    Can.HANGUP,
                    Can.ORIGINATE,
                    *_HISTORY,
                    Can.MEMBERS,
                )
            ),
        ),
        "onlinepbx": Capabilities(
            Routing.EVENTS, frozenset((Can.RINGING, Can.ANSWERED, Can.OUTGOING, Can.ORIGINATE, *_HISTORY))
        ),
    }
)
"""By the provider's name; a row a provider, so that they can be compared."""
