"""What a hosted PBX's own history is to us: asked page by page, each of its calls read as a hook would be. No I/O here.

A provider that has one keeps it in `trunkline/pbx/NAME/history.py` and in `histories.py`. What talks to it are
dialogues: they yield requests, are sent the answers, and return what was wanted, so that no function here or there
does I/O and `talking.py` alone decides when and how fast.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from trunkline.calls.events import Event
from trunkline.outbox.event import Fault
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue, is_api_address
from trunkline.pbx.hooks.fields import json_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord

Keys = MutableMapping[str, str]
"""What a provider gave us for some hours, a session's key; empty at first, and kept by the process."""

MOST_ROWS: Final = 50_000
"""Of one window: what tells more is no telephone's history."""
MOST_REQUESTS: Final = 500
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a history: its id as the hooks have it, when it was over (µs), and all the history says of it."""

    call: str
    over: int
    told: Mapping[str, Any]


MADE_UP: Final = "~"
"""What the id of a call begins with that no provider gave (calls/queries.sql, call_alike)."""


class Alike(NamedTuple):
    """What the call of a row is known by where the provider's history may not name it as webhooks do.

    `client` is E.164, `at` when it began (µs); `nameless`: the row's `call` is made up.
    """

    client: str
    outgoing: bool
    at: int
    nameless: bool


@dataclass(frozen=True, slots=True)
class HostedRecording:
    """A recording the provider tells of: its id there, its link, or both; `leg` is the one it is of."""

    call: str
    leg: str
    id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An address that answers a recording itself, to whoever asks with `value` in the header `header`."""

    url: str
    header: str
    value: str = field(repr=False)


class Trouble(Exception):
    """The provider's answer is not what was asked for. `told` is for people and holds no secret.

    `refused`: it does not take our keys, and will not until they are given anew; `pause`: it wants to be let alone for
    so many seconds; `late`: what is asked for may be there later.
    """

    def __init__(self, told: str, *, refused: bool = False, pause: float = 0.0, late: bool = False) -> None:
        super().__init__(told)
        self.told = told
        self.refused = refused
        self.pause = pause
        self.late = late


class History(Protocol):
    """One provider's history. Nothing here raises on what an answer may hold but `Trouble`."""

    @property
    def name(self) -> str:
        """The provider's."""

    @property
    def every_seconds(self) -> float:
        """How often it is asked at most, as the provider wants it."""

    @property
    def pause_seconds(self) -> float:
        """Between two requests of one reading."""

    def lacks(self, account: Account) -> Sequence[str]:
        """The labels (msgids) of what has to be given before it can be asked."""

    def rows(self, account: Account, since: int, until: int, keys: Keys, /) -> Dialogue[Sequence[Row]]:
        """The calls that began from `since` to `until` (µs) and are over, each once."""

    def events(self, record: HookRecord) -> Sequence[Event]:
        """What a row tells of its call, at the times it names."""

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """The recordings a webhook, or a row, tells of."""


class LinksById(Protocol):
    """A provider that is asked for the link to a recording; `lacks` as of its history."""

    def lacks(self, account: Account) -> Sequence[str]:
        """The labels (msgids) of what has to be given before it can be asked."""

    def link(self, account: Account, recording: str, keys: Keys, /) -> Dialogue[str] | Dialogue[Keyed]:
        """The link to the recording of that id."""


def record_of(pbx: str, provider: str, row: Row, settings: Mapping[str, Any], now: int) -> HookRecord:
    """A row as it lies in the spool, read at `now` (µs)."""
    body = msgspec.json.encode({"call": row.call, **row.told})
    return HookRecord(pbx, provider, now, "application/json", "GET", "", "", body, FOUND, dict(settings))


def told_in(record: HookRecord) -> Mapping[str, Any]:
    """What `record_of` wrote: the row, with its `call`; empty where it is none."""
    value = json_of(record.body) if record.verdict == FOUND else None
    return value if isinstance(value, dict) else {}


def alike_in(record: HookRecord) -> Alike | None:
    """What its call is known by besides its id; None of a row that is named as webhooks name it."""
    try:
        return msgspec.convert(told_in(record).get("alike"), Alike | None)
    except msgspec.ValidationError:
        return None


def renamed(record: HookRecord, call: str) -> HookRecord:
    """The same row, of the call of that id."""
    return replace(record, body=msgspec.json.encode({**told_in(record), "call": call}))


def base_of(account: Account, usual: str, setting: str = "api_url") -> str:
    """Where its API is: as the setting says, else the usual. In the clear only to an address within; raises Trouble."""
    text = str(account.settings.get(setting) or "").strip().rstrip("/") or usual
    if is_api_address(text):
        return text
    raise Trouble(f"{text[:100]!r} is no address of an API; write e.g. {usual}")


def by_halves(
    since: int, until: int, ask: Callable[[int, int], Dialogue[Sequence[Any]]], full: int
) -> Dialogue[list[Any]]:
    """All lines from `since` to `until` (µs) of a provider whose pages are of an unknown length and order: a time that
    gives `full` lines or more may hold others, and is asked for in halves, down to a second.
    """
    lines: list[Any] = []
    left = [(since, until)]
    for _request in range(MOST_REQUESTS):
        if not left:
            return lines
        first, last = left.pop()
        page = yield from ask(first, last)
        if len(page) < full or last - first <= _SECOND:
            lines += page
            continue
        middle = first + (last - first) // 2
        left += [(middle, last), (first, middle)]
    raise Trouble(f"it takes more than {MOST_REQUESTS} requests to tell its calls of so short a time")


def json_answer(answer: ApiAnswer) -> Mapping[str, Any]:
    """The object in an answer; raises Trouble."""
    value = json_value(answer)
    if not isinstance(value, dict):
        raise Trouble(f"its answer is no JSON object (HTTP {answer.status}, {len(answer.body)} bytes)")
    return value


def json_value(answer: ApiAnswer) -> object:
    """What an answer says. Raises Trouble on every status but 200 and 400, which some explain in the body."""
    if answer.status in (401, 403):
        raise Trouble(f"it refuses our key: HTTP {answer.status}", refused=True)
    if answer.status not in (200, 400):
        raise Trouble(f"it answers HTTP {answer.status}")
    value = json_of(answer.body)
    # One name that was cut within a letter costs no history.
    return json_of(answer.body.decode(errors="replace").encode()) if value is None else value


def trouble_of(fault: Fault) -> Trouble:
    """A request that was not answered."""
    return Trouble(fault.reason, pause=fault.retry_after or 0.0)
