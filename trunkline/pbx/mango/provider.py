"""Mango Office behind the port of hosted PBXs. No I/O here.

Sources: Mango Office "VPBX API" v1.9, `mango-vpbx` 1.6.4, as pbx.md §1.3 has them.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.commanding import Command, News, Result, Standing, Written
from trunkline.pbx.hooks.fields import text_of
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.mango.asking import API, LOCKOUT_SECONDS
from trunkline.pbx.mango.command import SUCCESS, command_of, is_taken, written
from trunkline.pbx.mango.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.mango.envelope import envelope_of, kind_of, told_in
from trunkline.pbx.mango.event import CALL, CONNECTED, DESK, DISCONNECTED, SUMMARY, CallEvent, event_in
from trunkline.pbx.mango.history import SETTINGS as HISTORY_SETTINGS
from trunkline.pbx.mango.told import told
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark

_TAKEN: Final = HookReply(b'{"success":true}')
_PING: Final = "ping"
_RESULTS: Final = frozenset({"result/route", "result/call/hangup"})
_LONGEST_WORD: Final = 20


class Mango:
    """The contract; it holds nothing."""

    name = "mango"
    title = "Mango Office"
    deadline_ms = 400
    networks: Sequence[str] = tuple(
        f"81.88.{rest}/32" for rest in ("80.132", "80.133", "82.36", "82.44", "82.45")
    )  # pbx.md §1.3
    spacing_seconds = 2.0
    patience_seconds = 20.0
    lockout_seconds = LOCKOUT_SECONDS
    settings: Sequence[Setting] = (
        Setting(
            "key",
            mark("Unique code of the PBX"),
            hint=mark("From “API connector” in the cabinet; every request carries it."),
            required=True,
        ),
        Setting(
            "salt",
            mark("Key for signatures"),
            SettingKind.SEALED,
            mark("From the same page; it signs what Mango sends, and our commands."),
            required=True,
        ),
        Setting(
            "places",
            mark("Groups and boxes there"),
            SettingKind.PAIRS,
            mark("A line each, as “sales = 500”: our queue or box, and the extension of a group or an employee there."),
        ),
        Setting(
            "usual",
            mark("Where the cabinet sends calls by itself"),
            SettingKind.PAIRS,
            mark(
                "A line each, as “74951234567 = 500”: no command is spent on a call of that number that is to go there."
            ),
        ),
        Setting("api", mark("Address of its API"), default=API),
        *DIALLING_SETTINGS,
        *HISTORY_SETTINGS,
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, request: HookRequest) -> HookReply | None:
        """The cabinet's "Проверить подключение"."""
        return _TAKEN if kind_of(request) == _PING else None

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """By `sign`, over the very bytes of the json."""
        envelope = envelope_of(request)
        if envelope.text is None:
            return Verdict.UNREADABLE
        if not envelope.sign:
            return Verdict.UNSIGNED
        fits = envelope.fits(str(account.settings.get("key") or ""), account.live("salt"))
        return Verdict.FITS if fits else Verdict.FORGED

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """A caller from outside has come to a line of ours: asked of the first leg of a call alone."""
        event = _event(request)
        if event is None or not event.comes_in:
            return None
        return Question(account.pbx, event.entry, event.caller.number, event.line)

    def reply(self, _decision: Decision | None, _request: HookRequest, _account: Account) -> HookReply:
        """Taken; where the call goes is said by a command."""
        return _TAKEN

    def key(self, request: HookRequest) -> str:
        """What was signed, and where it was sent."""
        text = envelope_of(request).text
        return f"{kind_of(request)}|{blake2b(text, digest_size=16).hexdigest()}" if text else ""

    def name_of(self, request: HookRequest) -> str:
        """`call Appeared`, `summary`, `result/route 1000`."""
        kind, said = kind_of(request).removeprefix("events/"), told_in(request)
        word = next((text_of(said.get(one)) for one in ("call_state", "recording_state", "result") if one in said), "")
        return f"{kind} {word[:_LONGEST_WORD]}".strip()

    def call_of(self, request: HookRequest) -> str:
        """`entry_id`: the whole call of a client."""
        return text_of(told_in(request).get("entry_id")) or request.text("entry_id")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of `events/call` and `events/summary`."""
        return told(record)

    def command(self, decision: Decision, request: HookRequest, account: Account, id_: str) -> Command | None:
        """`route`, or `hangup` for a caller who is refused."""
        event = _event(request)
        return command_of(decision, event, account, id_) if event is not None else None

    def written(self, command: Command, account: Account) -> Written:
        """A form, signed over its json."""
        return written(command, account)

    def news(self, request: HookRequest) -> News | None:
        """The end of a leg, an employee's answer, the end of it all."""
        if kind_of(request) == SUMMARY:
            return News(self.call_of(request), "", Standing.OVER)
        event = _event(request)
        if event is None or event.is_aside:
            return None
        if event.state == CONNECTED and event.place == DESK:
            return News(event.entry, "", Standing.TALKS)
        return News(event.entry, event.leg, Standing.MOVED) if event.state == DISCONNECTED else None

    def result(self, request: HookRequest) -> Result | None:
        """`result/route`, `result/call/hangup`."""
        if kind_of(request) not in _RESULTS:
            return None
        said = told_in(request)
        code = text_of(said.get("result"))[:_LONGEST_WORD]
        return Result(text_of(said.get("command_id")), code == SUCCESS, code)

    def taken(self, answer: ApiAnswer) -> bool:
        """By the status, and the code where there is one."""
        return is_taken(answer)


def _event(request: HookRequest) -> CallEvent | None:
    return event_in(request.body, request.received) if kind_of(request) == CALL else None


PROVIDER: Final = Mango()
