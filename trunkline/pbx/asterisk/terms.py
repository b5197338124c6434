"""The terms of a link: where it goes, how long it waits, what it counts, and how it fails. No I/O here."""

from dataclasses import dataclass, field

from trunkline.errors import TrunklineError


class LinkError(TrunklineError):
    """The AMI did not do what was asked."""


class LinkDown(LinkError):
    """There is no connection, or it was lost before the answer came."""


class ActionTimedOut(LinkError):
    """No answer within the action's time; whether it was carried out is unknown."""


class LoginRefused(LinkError):
    """Wrong user or secret, or this address is not permitted."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an AMI listens and who we are there."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Patience, in seconds, and bounds of one link."""

    connect: float = 5.0
    action: float = 5.0
    ping_after: float = 5.0
    pong: float = 5.0
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
