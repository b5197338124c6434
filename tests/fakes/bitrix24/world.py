"""One portal's state, and what a method is given: no HTTP here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from tests.fakes.bitrix24.access import Access, Who
from tests.fakes.bitrix24.answers import core
from tests.fakes.bitrix24.entities import Entities
from tests.fakes.bitrix24.events import Events
from tests.fakes.bitrix24.limits import Clock
from tests.fakes.bitrix24.listing import Row
from tests.fakes.bitrix24.offline import Offline
from tests.fakes.bitrix24.specs import Specs
from tests.fakes.bitrix24.wire import number


@dataclass
class User:
    """An employee. `inner` is UF_PHONE_INNER, by which telephony knows him as well."""

    id: int
    name: str
    last_name: str = ""
    inner: str = ""
    is_active: bool = True
    is_admin: bool = False
    departments: tuple[int, ...] = (1,)
    mobile: str = ""
    timeman: str = "OPENED"
    """crm.md §2.4: OPENED, CLOSED, PAUSED, EXPIRED, UNAVAILABLE, NOT_INSTALLED."""


@dataclass
class Rules:
    """The portal's settings and what the reference leaves open."""

    creates: Literal["LEAD", "CONTACT"] = "LEAD"
    """What CRM_CREATE makes of an unknown number: a lead, or with «CRM without leads» a contact."""
    lead_error: str = ""
    """The soft LEAD_CREATION_ERROR of crm.md §2.2; nothing is created then."""
    phone_digits: int = 10
    merges_finished: bool = True
    """Whether a register within 30 minutes gets the id of a call that was finished; the pages do not say."""
    features: frozenset[str] = frozenset({"rest_offline_extended", "rest_auth_connector"})


@dataclass
class Call:
    """One call of telephony's; `shown` are the users who have its card open."""

    id: str
    user: int
    phone: str
    type: int
    line: str
    external: str
    app: str
    started: float
    registered: float
    entity: tuple[int, int] | None = None
    created: list[tuple[int, int]] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    cards: list[tuple[str, int]] = field(default_factory=list)
    """Each show and hide there was, in their order."""
    is_finished: bool = False


@dataclass(frozen=True)
class Record:
    """A recording as the portal keeps it."""

    file_id: int
    name: str
    content: bytes


@dataclass
class World:
    """All of it. `session` fetches recordings by their address."""

    now: Clock
    specs: Specs
    access: Access
    events: Events
    crm: Entities
    rules: Rules = field(default_factory=Rules)
    session: aiohttp.ClientSession | None = None
    users: dict[int, User] = field(default_factory=dict)
    departments: dict[int, Row] = field(default_factory=dict)
    statuses: list[Row] = field(default_factory=list)
    lines: dict[str, Row] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    statistic: list[Row] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    """By CALL_ID: the last is what the portal plays, those before it were replaced."""
    transcripts: dict[str, list[list[Row]]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, str]] = field(default_factory=dict)
    activities: dict[int, Row] = field(default_factory=dict)
    bindings: dict[int, set[tuple[int, int]]] = field(default_factory=dict)
    """Of activities, to (type, id)."""
    comments: list[Row] = field(default_factory=list)
    user_fields: dict[int, dict[int, Row]] = field(default_factory=dict)
    placements: list[Row] = field(default_factory=list)
    _given: int = 0

    @classmethod
    def new(cls, specs: Specs, now: Clock) -> "World":
        """An empty portal with its one administrator, user 1."""
        access = Access(now)
        events = Events(now, access, Offline(now))
        world = cls(now, specs, access, events, Entities(now, events))
        world.users[1] = User(1, "Администратор", is_admin=True)
        world.departments[1] = {"ID": "1", "NAME": "Компания", "SORT": 500, "PARENT": None, "UF_HEAD": "1"}
        world.statuses = [
            {"ID": str(at), "ENTITY_ID": "SOURCE", "STATUS_ID": code, "NAME": code.title(), "SORT": str(at * 10)}
            for at, code in enumerate(("CALL", "CALLBACK", "WEB", "WEBFORM", "ADVERTISING", "OTHER"), 1)
        ]
        return world

    def take(self) -> int:
        """The next id of what has no store of its own."""
        self._given += 1
        return self._given

    def add_user(self, name: str, inner: str = "", **more: Any) -> User:
        """One more employee."""
        user = User(max(self.users) + 1, name, inner=inner, **more)
        self.users[user.id] = user
        return user

    def employee(self, params: Row) -> User:
        """Of USER_ID or USER_PHONE_INNER, errors as in the pages of register and finish. Raises Refused."""
        said, inner = params.get("USER_ID"), params.get("USER_PHONE_INNER")
        if said in {None, "", 0, "0"} and not inner:
            raise core("USER_ID or USER_PHONE_INNER should be set")
        if said not in {None, "", 0, "0"}:
            found = self.users.get(number(said) or 0)
        else:
            found = next((user for user in self.users.values() if user.inner == str(inner)), None)
        if found is None or not found.is_active:
            raise core("User is not found or is not active")
        return found


@dataclass(frozen=True)
class Ask:
    """One call of a method: parameters under the vendor's names, and whose rights it has."""

    method: str
    params: Row
    who: Who

    @property
    def connector(self) -> str:
        """The source of a change, against loops (crm.md §2.5)."""
        return str(self.params.get("auth_connector") or "")


Method = Callable[[World, Ask], Awaitable[object]]
