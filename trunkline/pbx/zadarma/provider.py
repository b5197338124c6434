"""Zadarma behind the port of hosted PBXs. No I/O here.

Sources: https://zadarma.com/ru/support/api/ and `zadarma/user-api-v1: lib/Webhook/*.php`, as pbx.md §1.1 has them.
"""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.pbx.zadarma.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.zadarma.fields import caller_of, key_of, number, pressed
from trunkline.pbx.zadarma.replies import reply_of
from trunkline.pbx.zadarma.signature import HEADER, fits
from trunkline.pbx.zadarma.told import told
from trunkline.web.i18n import mark

ZONE: Final = "Europe/Moscow"
_ASKS: Final = frozenset({"NOTIFY_START", "NOTIFY_IVR"})
_MENU: Final = "NOTIFY_IVR"
_TEXT: Final = "text/plain"


class Zadarma:
    """The contract; it holds nothing."""

    name = "zadarma"
    title = "Zadarma, Novofon 1"
    deadline_ms = 400
    networks: Sequence[str] = ("185.45.152.40/30",)
    settings: Sequence[Setting] = (
        Setting(
            "secret",
            mark("Secret"),
            SettingKind.SEALED,
            mark("Of the pair of keys in the cabinet's API settings; it signs what Zadarma sends."),
            required=True,
        ),
        Setting(
            "zone",
            mark("The account's time zone"),
            SettingKind.ZONE,
            mark("Zadarma writes times without one: as set in the cabinet."),
            default=ZONE,
            required=True,
        ),
        Setting(
            "places",
            mark("Queues and boxes there"),
            SettingKind.PAIRS,
            mark("A line each, as “sales = 0-1”: our queue or box, and the scenario or extension of the cabinet."),
        ),
        Setting(
            "sounds",
            mark("Sounds there"),
            SettingKind.PAIRS,
            mark("A line each, as “vm-press-7 = 64acf1c5”: a sound of the plan, and the id of the uploaded file."),
        ),
        Setting(
            "forwarding",
            mark("Extension that forwards"),
            hint=mark("By it outside numbers are called; left empty, none are."),
        ),
        Setting("language", mark("Language of digits read out"), default="ru"),
        *DIALLING_SETTINGS,
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, request: HookRequest) -> HookReply | None:
        """`zd_echo` comes back as it was sent. The official library reads the query, another client the body."""
        echo = request.fields.get("zd_echo")
        return HookReply(echo.encode(errors="replace"), _TEXT) if isinstance(echo, str) else None

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """By the header `Signature`."""
        if not request.text("event"):
            return Verdict.UNREADABLE
        if not request.headers.get(HEADER, "").strip():
            return Verdict.UNSIGNED
        return Verdict.FITS if fits(request, account.live("secret")) else Verdict.FORGED

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """NOTIFY_START and NOTIFY_IVR. Its time is not taken: in a wrong zone it would be looked up in wrong hours."""
        call = request.text("pbx_call_id")
        if request.text("event") not in _ASKS or not call:
            return None
        caller, line = number(caller_of(request)), number(request.text("called_did"))
        return Question(account.pbx, call, caller, line, digits=pressed(request) or "")

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """JSON; nothing at all where nothing is known."""
        greeted = request.text("event") == _MENU
        said = reply_of(decision, account, greeted=greeted) if decision is not None else {}
        return HookReply(msgspec.json.encode(said)) if said else HookReply(b"", _TEXT)

    def key(self, request: HookRequest) -> str:
        """The event, its call and its extension."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The field `event`."""
        return request.text("event") or ("zd_echo" if "zd_echo" in request.fields else "")

    def call_of(self, request: HookRequest) -> str:
        """`in_…` or `out_…`."""
        return request.text("pbx_call_id")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the zone the account had when it came."""
        return told(record, _zone(record.settings.get("zone")))


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(ZONE)


PROVIDER: Final = Zadarma()
