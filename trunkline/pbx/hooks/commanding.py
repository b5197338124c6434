"""PBXs of the routing shape COMMAND: they tell of a call, and a command of ours sends it on. No I/O here.

A provider makes the command of a decision and says what its events mean for commands that wait; the process `question`
lets them wait, sends them and keeps what came of each (router/commander.py).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision


class Fate(StrEnum):
    """What became of a command; beside the verdicts of requests it stands with what was kept of a PBX."""

    SENT = "sent"
    """The provider took it."""
    REFUSED = "command_refused"
    """The provider did not take it: it is not repeated."""
    UNKNOWN = "command_unknown"
    """No answer came, so it may have been done: it is not repeated."""
    DROPPED = "dropped"
    """It was not sent: nothing would have come of it any more."""


class Standing(StrEnum):
    """What an event says of a call whose command may wait."""

    TALKS = "talks"
    """Somebody answered."""
    OVER = "over"
    """The call has ended."""
    MOVED = "moved"
    """The leg that a command would send on has ended."""


@dataclass(frozen=True, slots=True)
class News:
    """`leg` is empty where it is about every leg of the call."""

    call: str
    leg: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Result:
    """What the provider said afterwards of the command `id`; `code` is its own."""

    id: str
    done: bool
    code: str


@dataclass(frozen=True, slots=True)
class Command:
    """Sends the leg `leg` of the call `call` to `target`, or ends it where that is empty; `name` is the caller's.

    `rings`: the caller is before a menu or at a ringing telephone, where he stays for seconds; else he waits in a
    queue.
    """

    id: str
    call: str
    leg: str
    target: str
    rings: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A command as it is sent. `path` and `body` are what is kept of it, without any secret."""

    request: ApiRequest
    path: str
    body: bytes


class Commanding(Protocol):
    """What such a provider has beside its `Provider`. Nothing here raises on what a stranger may send."""

    @property
    def name(self) -> str:
        """Its name as a provider."""

    @property
    def spacing_seconds(self) -> float:
        """How long an account rests between two commands."""

    @property
    def patience_seconds(self) -> float:
        """After that a command is dropped: the PBX has sent the call its own way by then."""

    @property
    def lockout_seconds(self) -> float:
        """How long an account rests once the provider refused to know it."""

    def command(self, decision: Decision, request: HookRequest, account: Account, id_: str) -> Command | None:
        """The command of `decision`, called `id_`, for the call that `request` told of.

        None where the PBX goes there by itself, or the account has no word for it.
        """

    def written(self, command: Command, account: Account) -> Written:
        """It, signed."""

    def news(self, request: HookRequest) -> News | None:
        """What an event says of commands that wait."""

    def result(self, request: HookRequest) -> Result | None:
        """What an event says of a command that was sent."""

    def taken(self, answer: ApiAnswer) -> bool:
        """Whether the provider's answer says that it took the command."""
