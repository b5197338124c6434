"""Beeline's cloud PBX behind the port of hosted PBXs. No I/O here.

Source: `antibaloo/bpm.ucre.ru: beelinePbx/`, as pbx.md §1.9 has it. The vendor's text was not read.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.beeline.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.beeline.fields import call_of, event_of, key_of, kind_of
from trunkline.pbx.beeline.portal import API
from trunkline.pbx.beeline.subscription import BeelineSubscription
from trunkline.pbx.beeline.told import told
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark

_NOTHING: Final = HookReply(b"", "text/plain")


class Beeline(BeelineSubscription):
    """The contract; it holds nothing."""

    name = "beeline"
    title = mark("Beeline cloud PBX")
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "token",
            mark("API token"),
            SettingKind.SEALED,
            mark("From the section API of the cabinet: we subscribe to the events by it."),
            required=True,
        ),
        Setting(
            "users",
            mark("Employees there"),
            SettingKind.PAIRS,
            mark("A line each, as “101 = 9651234567@ip.beeline.ru”: our extension, and the employee's id there."),
        ),
        Setting(
            "api",
            mark("Address of its API"),
            hint=mark("As it is where the cabinet stands under another name."),
            default=API,
        ),
        Setting(
            "groups",
            mark("Groups kept by us"),
            SettingKind.PAIRS,
            mark("A line each, as “sales = 101, 102”: our queue, and the agents who take calls while they work in it."),
        ),
        *DIALLING_SETTINGS,
    )
    carried: Sequence[str] = ("uri",)
    """Each event has our own address in it, whose secret nobody may read."""

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _: HookRequest) -> HookReply | None:
        """It does not ask whether an address is ours."""
        return None

    def verify(self, request: HookRequest, _: Account) -> Verdict:
        """Nothing is signed: only whether it is an event can be seen."""
        return Verdict.FITS if kind_of(event_of(request)) else Verdict.UNREADABLE

    def question(self, _: HookRequest, __: Account) -> Question | None:
        """It asks nothing: calls go the cabinet's way."""
        return None

    def reply(self, _: Decision | None, __: HookRequest, ___: Account) -> HookReply:
        """An empty 200, whatever came."""
        return _NOTHING

    def key(self, request: HookRequest) -> str:
        """The kind, the call, the telephone and its times."""
        return key_of(event_of(request))

    def name_of(self, request: HookRequest) -> str:
        """The type of `eventData`, without its prefix."""
        return kind_of(event_of(request))

    def call_of(self, request: HookRequest) -> str:
        """`extTrackingId`."""
        return call_of(event_of(request))

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the times the events carry."""
        return told(record)


PROVIDER: Final = Beeline()
