"""Sipuni behind the port of hosted PBXs. No I/O here.

Sources: https://doc.sipuni.com/articles/626-636-640--otpravka-sobytij-http and
https://help.sipuni.com/articles/128-132-89--http-zapros/, as pbx.md §1.6 has them.
"""

import re
from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.numbers import number_with_plus
from trunkline.pbx.hooks.port import Account, HookReply, Setting, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.pbx.sipuni.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.sipuni.fields import call_of, key_of
from trunkline.pbx.sipuni.replies import NO, YES, fits, reply_of
from trunkline.pbx.sipuni.told import told
from trunkline.web.i18n import mark

_SUCCESS: Final = HookReply(b'{"success": true}')
"""To an event always: after any other answer Sipuni may send no more."""
_DIGITS: Final = re.compile(r"[0-9*#]{1,20}").fullmatch
_LONGEST: Final = 40


class Sipuni:
    """The contract; it holds nothing."""

    name = "sipuni"
    title = "Sipuni"
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "yes",
            mark("Reply for the first branch"),
            hint=mark("JSON. Which keys choose the branch is published nowhere: ask the support of the PBX."),
            default=YES,
        ),
        Setting(
            "no",
            mark("Reply for the second branch"),
            hint=mark("JSON; also when nothing is known. This branch has to go on without us."),
            default=NO,
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
        """Nothing is signed. An event we cannot use is theirs all the same: refused, it would end all sending."""
        return Verdict.FITS if request.text("event") or _asks(request) else Verdict.UNREADABLE

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """The function "HTTP-запрос"; each place in the scheme asks for itself."""
        if not _asks(request):
            return None
        digits = request.text("dtmf")[:21]
        return Question(
            account.pbx,
            _asked_for(request),
            number_with_plus(request.text("fromnum")),
            number_with_plus(request.text("tonum")),
            digits=digits if _DIGITS(digits) else "",
        )

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """One of two replies to the function, success to everything else."""
        if not _asks(request):
            return _SUCCESS
        return HookReply(reply_of(account, yes=fits(decision, request.text("label"))))

    def key(self, request: HookRequest) -> str:
        """The event and what it says; of the function its place, its call and the digits."""
        if _asks(request):
            return f"http|{_asked_for(request)}|{request.text('dtmf')[:_LONGEST]}"
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The event's number; `http` and the label for the function."""
        if _asks(request):
            return f"http {request.text('label')[:_LONGEST]}".rstrip()
        return request.text("event")[:_LONGEST]

    def call_of(self, request: HookRequest) -> str:
        """`call_id` of events; the function has none, and is not found again in them."""
        return _asked_for(request) if _asks(request) else call_of(request)

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of events 1 to 4."""
        return () if _asks(record.request) else told(record)


def _asks(request: HookRequest) -> bool:
    return "fromnum" in request.fields and "event" not in request.fields


def _asked_for(request: HookRequest) -> str:
    """One place in the scheme and one call: it comes there again with the same time, if with any."""
    when = request.text("time") or str(request.received)
    return "|".join(part[:_LONGEST] for part in (when, *(request.text(n) for n in ("fromnum", "tonum", "label"))))


PROVIDER: Final = Sipuni()
