"""onlinePBX behind the port of hosted PBXs. No I/O here.

Source: "Веб-хук", https://kb.onlinepbx.ru/confluence/pages/viewpage.action?pageId=27591028, and public clients, as
pbx.md §1.7 has them.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Capabilities
from trunkline.pbx.hooks.port import Account, HookReply, Setting, SettingKind, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.onlinepbx.dialling import SETTINGS as DIALLING_SETTINGS
from trunkline.pbx.onlinepbx.replies import NOTHING, is_route, question_of, route
from trunkline.pbx.onlinepbx.told import key_of, told
from trunkline.pbx.port import Decision, Question
from trunkline.web.i18n import mark

_LONGEST_ID: Final = 200


class OnlinePbx:
    """The contract; it holds nothing."""

    name = "onlinepbx"
    title = "onlinePBX"
    deadline_ms = 400
    networks: Sequence[str] = ()
    settings: Sequence[Setting] = (
        Setting(
            "domain",
            mark("Domain of the account"),
            hint=mark("As in the address of the cabinet; webhooks of another are refused. Empty: not looked at."),
        ),
        Setting(
            "places",
            mark("Queues and boxes there"),
            SettingKind.PAIRS,
            mark("A line each, as “sales = 900”: our queue or box, and its number in the cabinet."),
        ),
        Setting(
            "asked",
            mark("Fields of the request for a route"),
            SettingKind.PAIRS,
            mark("Unconfirmed. Lines “call = …”, “caller = …”, “line = …” with the names the request has for them."),
        ),
        Setting(
            "reply",
            mark("Words of the reply"),
            SettingKind.PAIRS,
            mark(
                "Unconfirmed. A line an action, as “extension = …”, with {target}, {name}, {seconds}; none, no replies."
            ),
        ),
        *DIALLING_SETTINGS,
    )

    @property
    def capabilities(self) -> Capabilities:
        """Its row in the table."""
        return CAPABILITIES[self.name]

    def greet(self, _: HookRequest) -> HookReply | None:
        """It does not ask whether an address is ours."""
        return None

    def verify(self, request: HookRequest, account: Account) -> Verdict:
        """Nothing is signed: the secret of the address is all there is, and the domain where one is set."""
        if is_route(request.path):
            return Verdict.FITS
        if not 0 < len(request.text("uuid")) <= _LONGEST_ID or not request.text("event"):
            return Verdict.UNREADABLE
        domain = str(account.settings.get("domain", "")).strip().lower()
        return Verdict.FORGED if domain and request.text("domain").lower() != domain else Verdict.FITS

    def question(self, request: HookRequest, account: Account) -> Question | None:
        """The request for a route; webhooks only tell."""
        return question_of(request, account) if is_route(request.path) else None

    def reply(self, decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
        """By the templates; an empty 200 to every webhook."""
        return route(decision, account) if is_route(request.path) else NOTHING

    def key(self, request: HookRequest) -> str:
        """The event, the call and both parties."""
        return key_of(request)

    def name_of(self, request: HookRequest) -> str:
        """The field `event`."""
        return "route" if is_route(request.path) else request.text("event")[:100]

    def call_of(self, request: HookRequest) -> str:
        """The field `uuid`."""
        return request.text("uuid")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """The four webhooks; a request for a route tells nothing that a webhook does not."""
        return () if is_route(record.path) else told(record)


PROVIDER: Final = OnlinePbx()
