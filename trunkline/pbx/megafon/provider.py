"""MegaFon's family behind the port of hosted PBXs. No I/O here.

Sources: https://salvador.company/instructions.php?act=3_3 and the tests of `brandup-online/megafon-ats` and
`maxim-oleinik/gravitel`, as pbx.md §1.4 has them.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.numbers import number_with_plus
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.megafon.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.megafon.fields import has_token, is_readable, key_of
from trunkline.pbx.megafon.replies import NOTHING, contact, refusal
from trunkline.pbx.megafon.told import told
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark


class MegaFon:
    """The contract; it holds nothing."""

    name = "megafon"
    title = mark("MegaFon, Gravitel, ITooLabs")
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "token",
            mark("Token of the CRM"),
            SettingKind.SEALED,
            mark("The cabinet's field “key for authorization in the CRM”: it comes with each request."),
            required=True,
        ),
        Setting(
            "logins",
            mark("Logins of people there"),
            SettingKind.PAIRS,
            mark(
                "A line each, as “101 = ivanov”: our extension, and the login of the cabinet's user who is rung first."
            ),
        ),
        *DIALLING_SETTINGS,
    )

    carried: Sequence[str] = ("crm_token",)

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _: HookRequest) -> HookReply | None:
        """It does not ask whether an address is ours."""
        return None

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """By `crm_token`, and by the fields the contract asks for: a stranger is told nothing of those."""
        if not request.text("crm_token"):
            return Verdict.UNSIGNED
        if not has_token(request, account.live("token")):
            return Verdict.FORGED
        return Verdict.FITS if is_readable(request) else Verdict.UNREADABLE

    def refuse(self, verdict: Verdict) -> HookReply:
        """401 and 400 in the contract's words."""
        return refusal(verdict)

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """`cmd=contact`, which is asked before anybody is rung."""
        if request.text("cmd") != "contact" or not is_readable(request):
            return None
        caller, line = number_with_plus(request.text("phone")), number_with_plus(request.text("diversion"))
        return Question(account.pbx, request.text("callid"), caller, line)

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """The name and the responsible; `{}` to everything else."""
        return contact(decision, account) if request.text("cmd") == "contact" else NOTHING

    def key(self, request: HookRequest) -> str:
        """The command, its call, what happened and to which user."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """`event INCOMING`, `contact`."""
        command = request.text("cmd")
        return (f"{command} {request.text('type')}" if command == "event" else command)[:100]

    def call_of(self, request: HookRequest) -> str:
        """The field `callid`."""
        return request.text("callid")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the list of logins the PBX had when it came."""
        return told(record)


PROVIDER: Final = MegaFon()
