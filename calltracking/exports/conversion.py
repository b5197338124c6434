"""What is told to others of a call or a form, and the port each of them is told by. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """A call or a form with the ids its visitor is known by elsewhere; `at` is Unix seconds.

    `kind` is call, form or callback. `confidence` is how sure we are of the visit.
    """

    subject: str
    kind: str
    at: float
    client: str = ""
    site: str = ""
    page: str = ""
    ym: str = ""
    ga: str = ""
    ga_sessions: str = ""
    yclid: str = ""
    rb_clickid: str = ""
    talk_seconds: int = 0
    hold_seconds: int = 0
    missed: bool = False
    first: bool = True
    confidence: float = 1.0


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
    """What is sent. `hidden`: parts of the address that no log and no page may show."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    hidden: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """For people: without secrets."""
        url = self.url.replace(self.hidden, "…") if self.hidden else self.url
        return f"{self.method} {url}"


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


CALLS: Final = frozenset({"call"})
FORMS: Final = frozenset({"form", "callback"})
ALL: Final = CALLS | FORMS
