"""The terms of a link: where it goes, how long it waits, what it counts, and how it fails. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkline.errors import TrunklineError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and what would be right: sentences marked for translation, with places for `facts`."""

    wrong: str
    right: str
    facts: Mapping[str, str]

    def __str__(self) -> str:
        return self.wrong % self.facts

    @property
    def title(self) -> str:
        """Of its alarm: both sentences, a line each."""
        return f"{self.wrong}\n{self.right}"


class LinkError(TrunklineError):
    """The AMI did not do what was asked."""


class LinkDown(LinkError):
    """There is no connection, or it was lost before the answer came; `fault` says what somebody has to correct."""

    def __init__(self, reason: "str | Fault") -> None:
        super().__init__(str(reason))
        self.fault = reason if isinstance(reason, Fault) else None


class ActionTimedOut(LinkError):
    """No answer within the action's time; whether it was carried out is unknown."""


class LoginRefused(LinkError):
    """Wrong user or secret, or this address is not permitted."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an AMI listens and who we are there; with `tls`, whose certificate is trusted (see tls.py)."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False
    trust: str = ""

    @property
    def where(self) -> str:
        """For sentences."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Patience, in seconds, and bounds of one link; what silence means by them stands in silence.py.

    `doubt` is not shorter than `ping_after`: else one node may doubt before another has asked.
    """

    connect: float = 5.0
    action: float = 5.0
    ping_after: float = 1.5
    doubt: float = 1.5
    pong: float = 8.5
    queue: int = 20_000
    frame_bytes: int = 1 << 20


@dataclass(slots=True)
class Counts:
    """What one link has seen."""

    bytes: int = 0
    frames: int = 0
    events: int = 0
    faults: int = 0
    overflow: int = 0
