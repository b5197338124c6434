"""MTS Exolve behind the port of hosted PBXs. No I/O here.

Source: https://docs.exolve.ru/docs/ru/instructions/call-forwarding-to-url, as pbx.md §1.5 has its beginning.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.exolve.fields import LONGEST_ID, METHOD, asked, call_of, is_event, is_question
from trunkline.pbx.exolve.replies import NOT_READ, TAKEN, follow
from trunkline.pbx.exolve.told import key_of, told
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.numbers import number_of_russia
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.refusal import REFUSED
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark


class Exolve:
    """The contract; it holds nothing."""

    name = "exolve"
    title = mark("MTS Exolve")
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "fallback",
            mark("Numbers rung when nothing is decided"),
            hint=mark("One or several by commas, as 79161234567: Exolve has no scenario of its own to fall back on."),
            required=True,
        ),
        Setting(
            "numbers",
            mark("Numbers there"),
            SettingKind.PAIRS,
            mark("A line each, as “101 = 79161234567”: our extension or queue, and the numbers or SIP ids, by commas."),
        ),
        Setting(
            "more",
            mark("Further keys of the reply"),
            SettingKind.PAIRS,
            mark("Unconfirmed. A line each, as “masking = Y”: put beside redirect_type in every reply."),
        ),
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _: HookRequest) -> HookReply | None:
        """It does not ask whether an address is ours."""
        return None

    def verify(self, request: HookRequest, _: Account) -> Verdict:
        """Nothing is signed: the secret of the address is all there is."""
        known = is_question(request) or is_event(request)
        return Verdict.FITS if known and len(call_of(request)) <= LONGEST_ID else Verdict.UNREADABLE

    def refuse(self, verdict: Verdict) -> HookReply:
        """JSON-RPC's own error for what is no request."""
        return NOT_READ if verdict is Verdict.UNREADABLE else REFUSED

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """`getControlCallFollowMe`."""
        if not is_question(request):
            return None
        caller, line = (number_of_russia(asked(request, name)) for name in ("numberA", "sip_id"))
        return Question(account.pbx, call_of(request) or f"{caller}-{request.received}", caller, line)

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """Whom to ring; `{}` to events."""
        return TAKEN if is_event(request) and not is_question(request) else follow(decision, request, account)

    def key(self, request: HookRequest) -> str:
        """The question or the event's letter, the call, the time."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The method, or the event's letter."""
        return METHOD if is_question(request) else request.text("type")[:100]

    def call_of(self, request: HookRequest) -> str:
        """The field `call_sid`."""
        return call_of(request)

    def events(self, record: HookRecord) -> Sequence[Event]:
        """By the numbers the PBX had when it came, and by what was answered."""
        return told(record)


PROVIDER: Final = Exolve()
