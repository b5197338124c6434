"""Telphin behind the port of hosted PBXs. No I/O here.

Source: "Call Interactive" and "События внутреннего номера" of RingMe's documentation, as pbx.md §1.8 has them.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question
from trunkline.pbx.telphin.dialling import SETTINGS as API_SETTINGS
from trunkline.pbx.telphin.fields import INTERACTIVE, bare, call_of, event_of, full, key_of
from trunkline.pbx.telphin.replies import TRANSFER, reply_of
from trunkline.pbx.telphin.told import told
from trunkline.web.i18n import mark

_XML: Final = "text/xml"


class Telphin:
    """The contract; it holds nothing."""

    name = "telphin"
    title = mark("Telphin, RingMe")
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "places",
            mark("Contexts of the menu"),
            SettingKind.PAIRS,
            mark(
                "A line each, as “sales = 3/start”: our queue, box or extension, and the context and its option there."
            ),
        ),
        Setting(
            "default_place",
            mark("Context when nothing is known"),
            hint=mark("As “9/start”: where calls go without us; left empty, the reply says nothing."),
        ),
        Setting(
            "menus",
            mark("Extensions of menus and queues"),
            hint=mark("Separated by commas, as “099, 200”: they ring telephones, and nobody answers at them."),
        ),
        Setting(
            "sounds",
            mark("Sound files there"),
            SettingKind.PAIRS,
            mark("A line each, as “closed = ae3d969c.wav”: a sound of the plan, and the file's name in the PBX."),
        ),
        Setting(
            "transfer",
            mark("XML of a transfer"),
            hint=mark("With {target} where the number belongs; the content of the documented verb is not published."),
            default=TRANSFER,
        ),
        *API_SETTINGS,
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
        return Verdict.FITS if event_of(request) and call_of(request) else Verdict.UNREADABLE

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """Call Interactive; of pressed digits it says nothing."""
        call = call_of(request)
        if event_of(request) != INTERACTIVE or not call:
            return None
        caller = request.text("CallerIDNum")
        return Question(account.pbx, call, bare(caller) or full(caller), full(request.text("CalledDID")))

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """XML; an empty response where nothing is known."""
        asked = event_of(request) in {"", INTERACTIVE}
        caller = request.text("CallerIDNum")
        return HookReply(reply_of(decision, account if asked else Account(account.pbx), caller), _XML)

    def key(self, request: HookRequest) -> str:
        """The event, its call and its leg; of Call Interactive the call and the menu."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The field `EventType`."""
        return event_of(request)

    def call_of(self, request: HookRequest) -> str:
        """`CallID`."""
        return call_of(request)

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of the events of extensions."""
        return told(record)


PROVIDER: Final = Telphin()
