"""MTS Autosecretary 2.0 behind the port of hosted PBXs. No I/O here.

Source: `mikopbx/ModuleMtsPbx: Lib/RestAPI/GetController.php`, as pbx.md §1.5 has it. The vendor's text was not read.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.mts.basic import HEADER, fits
from trunkline.pbx.mts.history import SETTINGS as HISTORY_SETTINGS
from trunkline.pbx.mts.told import key_of, told
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark

_NOTHING: Final = HookReply(b"", "text/plain")
_WRONG_PASSWORD: Final = HookReply(b"", "text/plain", 401)
_UNREADABLE: Final = HookReply(b"", "text/plain", 400)
_LONGEST_ID: Final = 200


class Mts:
    """The contract; it holds nothing."""

    name = "mts"
    title = mark("MTS Autosecretary 2.0")
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "login",
            mark("Login of the events"),
            hint=mark("Made up by you, and given in the cabinet beside the address; so is the password."),
            required=True,
        ),
        Setting("password", mark("Password of the events"), SettingKind.SEALED, required=True),
        *HISTORY_SETTINGS,
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _: HookRequest) -> HookReply | None:
        """It does not ask whether an address is ours."""
        return None

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """By HTTP Basic."""
        header = request.headers.get(HEADER, "")
        if not header.strip():
            return Verdict.UNSIGNED
        if not fits(header, str(account.settings.get("login", "")), account.live("password")):
            return Verdict.FORGED
        known = request.text("EventType") and 0 < len(request.text("CallID")) <= _LONGEST_ID
        return Verdict.FITS if known else Verdict.UNREADABLE

    def refuse(self, verdict: Verdict) -> HookReply:
        """401 as the connector that works with it gives."""
        return _UNREADABLE if verdict is Verdict.UNREADABLE else _WRONG_PASSWORD

    def question(self, _: HookRequest, __: Account) -> Question | None:
        """It asks nothing: calls go the cabinet's way."""
        return None

    def reply(self, _: Decision | None, __: HookRequest, ___: Account) -> HookReply:
        """An empty 200, whatever came."""
        return _NOTHING

    def key(self, request: HookRequest) -> str:
        """The kind, the call, the time and who it is about."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The field `EventType`."""
        return request.text("EventType")[:100]

    def call_of(self, request: HookRequest) -> str:
        """The field `CallID`, an integer."""
        return request.text("CallID")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the times the events carry."""
        return told(record)


PROVIDER: Final = Mts()
