"""What is told to others of a call, a form or a payment, and the port each of them is told by. No I/O here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """A call, a form or a payment with the ids its visitor is known by elsewhere; `at` and `clicked` are Unix seconds.

    `kind` is call, form, callback or payment, `line` is our number that a call was to. `confidence` is how sure we are
    of the visit, `clicked` is when the click of Google's was made, else when that began. `value` is what was paid, in
    hundredths of `currency` (ISO 4217). `never` is why it is told to nobody at all, by name; empty: it may be.
    """

    subject: str
    kind: str
    at: float
    client: str = ""
    line: str = ""
    site: str = ""
    page: str = ""
    ym: str = ""
    ga: str = ""
    ga_sessions: str = ""
    yclid: str = ""
    rb_clickid: str = ""
    gclid: str = ""
    gbraid: str = ""
    wbraid: str = ""
    clicked: float = 0.0
    talk_seconds: int = 0
    hold_seconds: int = 0
    missed: bool = False
    first: bool = True
    confidence: float = 1.0
    value: int = 0
    currency: str = ""
    never: str = ""

    @property
    def price(self) -> str:
        """What was paid, with a dot and two digits."""
        return f"{self.value // 100}.{self.value % 100:02d}"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination as an exporter needs it; `secret` is open."""

    account: str
    goal: str
    secret: str = field(default="", repr=False)
    link: str = ""
    """The address of our own pages."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `hidden`: parts of the address that no log and no page may show; `longest`: bytes of an answer."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    hidden: str = field(default="", repr=False)
    longest: int = 512 * 1024  # a refusal may name each of 2,000 events

    @property
    def shown(self) -> str:
        """For people: without secrets."""
        url = self.url.replace(self.hidden, "…") if self.hidden else self.url
        return f"{self.method} {url}"


@dataclass(frozen=True, slots=True)
class Refused:
    """What an answer that is no yes finds fault with: in words, and by place in the batch, where it tells."""

    words: str = ""
    rows: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an upload: its state there, and how many rows were taken and matched; None: it is not over."""

    state: str
    joined: int | None


class Exporter(Protocol):
    """One system."""

    @property
    def takes(self) -> frozenset[str]:
        """The kinds of conversions it is told of."""

    @property
    def foreign(self) -> bool:
        """Whether it is abroad: then nothing is sent before the administrator confirms that it may be."""

    @property
    def most(self) -> int:
        """How many go in one request."""

    def unfit(self, told: Conversion, now: float) -> str:
        """Why this one cannot be told, by name; empty: it can."""

    def family(self, told: Conversion) -> str:
        """Only those of one family go in one request."""

    def request(self, target: Target, batch: Sequence[Conversion], name: str) -> Request:
        """The request; `name` tells this batch from others."""

    def remote_id(self, answer: bytes) -> str:
        """What the other side calls the batch; empty where it calls it nothing. Raises ValueError for a refusal."""

    def token_request(self, target: Target, now: float) -> Request | None:
        """What an access token is asked for with, which then takes the secret's place; None: the secret itself is sent.

        Raises ValueError for a secret that cannot be used.
        """

    def refused(self, answer: bytes) -> Refused:
        """What a refusal says."""

    @property
    def tells(self) -> bool:
        """Whether it can be asked what became of a batch."""

    def status_request(self, target: Target, remote_id: str) -> Request:
        """What is asked for that; raises ValueError where nobody tells."""

    def read_status(self, answer: bytes) -> Judged:
        """What is answered to that; raises ValueError."""


class Plain:
    """What most systems have alike: the secret is sent itself, a refusal names no row, nothing more is told."""

    tells = False

    def token_request(self, target: Target, now: float) -> Request | None:  # noqa: ARG002 - none is needed
        """None."""
        return None

    def refused(self, answer: bytes) -> Refused:  # noqa: ARG002 - the status says it
        """Nothing beside its status."""
        return Refused()

    def status_request(self, target: Target, remote_id: str) -> Request:
        """Nobody tells."""
        raise ValueError(f"nobody tells what became of {remote_id} of {target.account}")

    def read_status(self, answer: bytes) -> Judged:
        """Nothing is asked."""
        raise ValueError(f"no status was asked for, and {len(answer)} bytes came")


CALLS: Final = frozenset({"call"})
FORMS: Final = frozenset({"form", "callback"})
ALL: Final = CALLS | FORMS
PAYMENTS: Final = frozenset({"payment"})
