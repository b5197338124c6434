"""What every hosted PBX is to us: its contract as functions of plain values. No I/O here.

A provider is one folder `trunkline/pbx/NAME/` whose `PROVIDER` stands in `providers.py`, with a row in
`capabilities.py` and a page in `docs/pbx/`. The process `question` asks `greet`, `verify`, `question` and `reply`, in
that order and within its deadline; the process `worker` asks `events` of what was spooled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import Capabilities
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question


class Verdict(StrEnum):
    """What was found of a request that came to an address of ours."""

    FITS = "fits"
    """It is the provider's: it was answered, and tells its call what happened."""
    GREETING = "greeting"
    """It only asked whether the address is ours."""
    UNSIGNED = "unsigned"
    """It carries no signature, and this provider signs."""
    FORGED = "forged"
    """Its signature is another: a wrong secret, or not the provider."""
    ADDRESS = "address"
    """It came from an address that is not among those of the PBX."""
    UNREADABLE = "unreadable"
    """It is no request this provider makes."""
    SEALED = "sealed"
    """The PBX's secrets cannot be opened with the key this process has."""


@dataclass(frozen=True, slots=True)
class Account:
    """The PBX a request came to. `secrets` are opened; one that is being replaced is there as `NAME_before` too."""

    pbx: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def live(self, name: str) -> tuple[str, ...]:
        """The values of a secret that are good now: the newest, and the one before it."""
        return tuple(value for key in (name, f"{name}_before") if (value := self.secrets.get(key)))


class HookReply(msgspec.Struct, frozen=True, gc=False):
    """What goes back. A status other than 200 only where the provider's contract asks for one."""

    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200


class SettingKind(StrEnum):
    """How a setting of a PBX is written and checked."""

    TEXT = "text"
    SEALED = "sealed"
    """A secret: kept sealed; the one before it stays good until the next."""
    ZONE = "zone"
    """A time zone of the tz database."""
    PAIRS = "pairs"
    """Lines `name = value`."""
    FLAG = "flag"
    """On or off."""
    URL = "url"
    """An address of the provider's, with https."""
    COPY = "copy"
    """Nothing to be told: `default` is a text to copy into the provider's cabinet."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a PBX of this provider has to be told, or may be. `label` and `hint` are English sentences (msgids)."""

    name: str
    label: str
    kind: SettingKind = SettingKind.TEXT
    hint: str = ""
    default: str = ""
    required: bool = False
    needed: bool = False
    """Without it what a flag switches on does not work."""
    needs: Sequence[str] = ()
    """Of a flag: settings that have to be there where it is on."""


class Provider(Protocol):
    """One provider's contract. Nothing here raises on what a stranger may send."""

    @property
    def name(self) -> str:
        """As it stands in the address and in `pbxs.kind`: a-z and 0-9."""

    @property
    def title(self) -> str:
        """What people call it, to be translated where it has a Russian name."""

    @property
    def deadline_ms(self) -> int:
        """Within what its requests are answered, from 50 to 900; below the provider's own patience."""

    @property
    def networks(self) -> Sequence[str]:
        """Where its requests come from, as it publishes it (CIDR); empty where it publishes nothing."""

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""

    @property
    def settings(self) -> Sequence[Setting]:
        """What a PBX of it is told, in the order of the form."""

    def greet(self, request: HookRequest) -> HookReply | None:
        """The reply to a request that only asks whether the address is ours; it comes before any signature."""

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """Whether the provider sent it, over the raw body and in constant time, by any of the live secrets."""

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """Where shall this call go? None for what only tells something.

        `state` stays empty where the provider echoes nothing: the state of the turn before is kept by the call's id.
        """

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """The decision in the provider's own words; None is the exact form of "we know nothing", and of every fault."""

    def key(self, request: HookRequest) -> str:
        """What two deliveries of the same thing have in common, and no two things; empty where it cannot be told."""

    def name_of(self, request: HookRequest) -> str:
        """What the provider calls this event, for people: `NOTIFY_START`."""

    def call_of(self, request: HookRequest) -> str:
        """The provider's stable id of the call it is about; empty for what is about none."""

    def events(self, record: HookRecord) -> Sequence[Event]:
        """What it tells of its call: the same for every repeat, whatever the order in which others come."""
