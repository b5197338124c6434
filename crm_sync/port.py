"""What a kind of CRM brings: its words and rules, what news of a call it is told, and what asks it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
from redis.asyncio import Redis

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.reconciliation import Named, Ours, Theirs
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.errors import TrunklineError
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.event import NewEvent
from trunkline.recorded.port import Linking, Recorded
from trunkline.recorded.talk import RecordedTalk
from trunkline.webhooks.address import AddressRules


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` is empty when it is as it should be."""

    text: str
    remedy: str = ""

    @property
    def good(self) -> bool:
        return not self.remedy


class NotSignedIn(TrunklineError):
    """A sign-in came to nothing: `code` is one that the kind's `refusals` may have words for."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


class Kind(Protocol):
    """What is known of a kind without asking it. Of its pages are `templates/{name}_add.html`, `…_fields`, `…_sign_in`.

    One that somebody signs in to is a SignedKind as well, and one that is told of calls a ToldKind.
    """

    @property
    def title(self) -> str:
        """As its makers write it."""

    @property
    def is_told(self) -> bool:
        """Whether it is told of calls."""

    @property
    def takes_tokens(self) -> bool:
        """Whether a person may give a token that it made for long, in place of signing in."""

    @property
    def is_matched_here(self) -> bool:
        """Whether our page says who of ours is who there: the CRM knows no extensions."""

    @property
    def posts_events(self) -> bool:
        """Whether it tells us of clicks and of forms."""

    @property
    def record_choices(self) -> Sequence[tuple[str, str]]:
        """What of recordings it may be told, with words (msgid), by what `crm_connectors.records` keeps; or nothing."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The fields of its forms, with what people call them (msgid)."""

    @property
    def defaults(self) -> Mapping[str, str]:
        """What stands in the fields of a new one; those that are not named are empty."""

    @property
    def refusals(self) -> Mapping[str, str]:
        """Words (msgid) for the codes of NotSignedIn."""

    def checked(self, told: ConnectorFields, known: Connector | None) -> ConnectorFields:
        """`told` with addresses as they are kept; raises InvalidInput."""


class SignedKind(Kind, Protocol):
    """One that is connected by a sign-in there."""

    def sign_in_url(self, known: Connector, state: str) -> str:
        """Where the browser of whoever connects it goes."""


class ToldKind(Kind, Protocol):
    """One that is told of calls.

    The rows of `began`, `seated` and `ended` are those of `calls_to_tell`; the call is noted in `crm_calls` by then.
    """

    @property
    def event_words(self) -> Mapping[str, str]:
        """What a call's page calls its events (msgid), by their kinds in the outbox."""

    def entity_url(self, portal: str, entity: str) -> str:
        """The page there of what `crm_calls.entity` names; empty for what has none."""

    def began(self, row: Mapping[str, Any]) -> list[NewEvent]:
        """Of a call that was just noted."""

    def seated(self, row: Mapping[str, Any], seatings: int) -> list[NewEvent]:
        """Of one that goes on and has others in it now, for the `seatings`-th time."""

    def answered(self, row: Mapping[str, Any]) -> list[NewEvent]:
        """Of one that somebody may have answered, whenever we look at it before its end."""

    def ended(self, row: Mapping[str, Any]) -> list[NewEvent]:
        """Of one that is over."""

    def recorded(self, row: Mapping[str, Any], chosen: RecordedTalk, *, final: bool) -> list[NewEvent]:
        """Of one that is over, and `chosen` its recording now; `row` is one of `told_of_call`.

        `final`: no other may be chosen later.
        """


class Source(Protocol):
    """What CRMs of one kind have of calls; raises CrmRefused, Later, Strange."""

    async def began_within(
        self, known: Connector, ours: Sequence[Ours], since: datetime, until: datetime, /
    ) -> list[Theirs]:
        """At least those of `ours` that its lists of the window show."""

    async def of_calls(self, known: Connector, calls: Sequence[Ours]) -> Named:
        """Of these, which its lists do not show, those that are there all the same."""

    def again(self, row: Mapping[str, Any]) -> NewEvent:
        """What tells a call again, of a row of `calls_to_tell`."""


class CrmReader(Protocol):
    """Reads CRMs of one kind into the mirror."""

    async def turn(self, known: Connector) -> bool:
        """What of one is to be read now; whether there is more without a pause. Raises Later."""


@runtime_checkable
class HintReader(Protocol):
    """Reads what CRMs of one kind said was touched."""

    async def hinted(self, known: Connector) -> None:
        """What one said so far. Raises Later."""


class Crm(Protocol):
    """One kind of CRM, as a process of ours asks it."""

    @property
    def deliverers(self) -> Sequence[Deliverer]: ...

    def record_deliverers(self, recorded: Recorded, link: Linking) -> Sequence[Deliverer]:
        """Those of recordings; `link` gives addresses of their sound."""

    @property
    def source(self) -> Source | None:
        """Whom calls are compared with; None where it tells of none."""

    def reader(self) -> CrmReader | None:
        """What reads it, a new one with nothing remembered; a HintReader too where it says what was touched."""

    async def check(self, known: Connector) -> list[Finding]:
        """What keeps it from working, and the remedy; a few requests."""


@runtime_checkable
class SignedCrm(Protocol):
    """Beside Crm, one that is connected by a sign-in there, or by a token."""

    async def sign_in(self, connection: Connection, known: Connector, code: str) -> int:
        """Keep what `code` is exchanged for, in the caller's transaction; who signed in there. Raises NotSignedIn."""

    async def take_token(self, connection: Connection, known: Connector, token: str) -> int:
        """Keep a token that was given for long, where the CRM takes it; who made it. Raises NotSignedIn."""

    async def look_around(self, known: Connector) -> None:
        """Who works there, and what else follows a sign-in; what it does not tell now is logged and left as it was."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a kind asks with.

    `callback` gives the way back from a sign-in, by the connector's name, `handler` where its events are posted, by its
    id, None while that is not known, `card` in the same way where a portal opens our card in its own; `clock` gives
    Unix seconds. Without `redis` this process keeps to half of every limit. `speaks` is a context of the company's
    language, for what people there read; `zone` is where moments are told that a mapping writes by a pattern.
    """

    pool: Pool
    redis: Redis | None
    box: SecretBox
    session: aiohttp.ClientSession
    rules: AddressRules
    callback: Callable[[str], str]
    handler: Callable[[UUID], str | None]
    clock: Callable[[], float] = time.time
    speaks: Callable[[], AbstractContextManager[None]] = nullcontext
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    card: Callable[[UUID], str | None] = lambda _connector: None
