"""UIS, CoMagic and Novofon 2 behind the port of hosted PBXs. No I/O here.

Sources: "Интерактивная обработка вызова" (`comagic/comagic.github.io`) and notifications, as pbx.md §1.2 has them.
"""

import re
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.numbers import number_with_plus
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.pbx.uis.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.uis.note import TEMPLATE, key_of, kind_of, note_of
from trunkline.pbx.uis.replies import reply_of
from trunkline.pbx.uis.told import told
from trunkline.web.i18n import mark

ZONE: Final = "Europe/Moscow"
_DIGITS: Final = re.compile(r"[0-9*#]{1,20}").fullmatch
_LONGEST_CALL: Final = 100


class Uis:
    """The contract; it holds nothing."""

    name = "uis"
    title = "UIS, CoMagic, Novofon 2"
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "codes",
            mark("Return codes"),
            SettingKind.PAIRS,
            mark(
                "A line each, as “sales = 2”: our queue, box or extension, “reject” or “vm-press-7” (a sound of the"
                " plan and its digit), and the return code that is bound to its branch of the scenario."
            ),
        ),
        Setting(
            "default_code",
            mark("Return code when nothing is known"),
            hint=mark("Of the branch that goes on without us; left empty, the reply holds no instruction."),
        ),
        Setting(
            "phones",
            mark("Numbers of extensions"),
            SettingKind.PAIRS,
            mark(
                "A line each, as “101 = 79161234567”: the number that is called where an extension has no return code."
            ),
        ),
        Setting(
            "employees",
            mark("Employees there"),
            SettingKind.PAIRS,
            mark("A line each, as “Ivan Petrov = 101”: the name, id or number in the cabinet, and the extension here."),
        ),
        Setting(
            "sounds",
            mark("Files there"),
            SettingKind.PAIRS,
            mark("A line each, as “closed = closed.mp3”: a sound of the plan, and the name of the uploaded file."),
        ),
        Setting(
            "zone",
            mark("Time zone of notifications"),
            SettingKind.ZONE,
            mark("The cabinet writes times without one: Moscow's."),
            default=ZONE,
            required=True,
        ),
        Setting(
            "template",
            mark("Body of notifications"),
            SettingKind.COPY,
            mark("Copy it into each notification of the cabinet; its address ends with the kind, as the guide says."),
            default=TEMPLATE,
        ),
        *DIALLING_SETTINGS,
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _request: HookRequest) -> HookReply | None:
        """It never asks whether the address is ours."""
        return None

    def verify(self, request: HookRequest, _account: Account) -> Verdict:
        """Nothing is signed: only whether it is a request of this provider can be seen."""
        asks = not kind_of(request) and (_call_of(request) or request.text("numa"))
        known = note_of(request).get("call_session_id") or asks
        return Verdict.FITS if known else Verdict.UNREADABLE

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """Interactive processing. `input_result` is the word `None` where no digit was pressed.

        Each parameter is switched on by itself in the cabinet: without the session the caller is routed all the same.
        """
        call, caller = _call_of(request), number_with_plus(request.text("numa"))
        if kind_of(request) or not (call or caller):
            return None
        digits = request.text("input_result")[:21]
        return Question(
            account.pbx,
            call or f"{caller[:_LONGEST_CALL]}-{request.received}",
            caller,
            number_with_plus(request.text("numb")),
            digits=digits if _DIGITS(digits) else "",
        )

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """JSON with status 200 always."""
        said = {} if kind_of(request) else reply_of(decision, account)
        return HookReply(msgspec.json.encode(said))

    def key(self, request: HookRequest) -> str:
        """All that a notification says; the call and the digits of a routing request."""
        if kind_of(request) or not (call := _call_of(request)):
            return key_of(request)
        return f"interactive|{call}|{request.text('input_result')[:_LONGEST_CALL]}"

    def name_of(self, request: HookRequest) -> str:
        """How the address ended; `interactive` for a routing request."""
        return kind_of(request) or ("interactive" if _call_of(request) else "")

    def call_of(self, request: HookRequest) -> str:
        """The session of the call."""
        return note_of(request).get("call_session_id", "") or _call_of(request)

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the zone the account had when it came."""
        return told(record, _zone(record.settings.get("zone")))


def _call_of(request: HookRequest) -> str:
    """The session where the cabinet was told to send it: whether `cdr_id` is the same is not documented."""
    return (request.text("call_session_id") or request.text("cdr_id"))[:_LONGEST_CALL]


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(ZONE)


PROVIDER: Final = Uis()
