"""How a hosted PBX begins a call for us: what a dial is to it, and what its answer says. No I/O here.

Each provider that has a documented way is a `Dialling` in its folder (trunkline/pbx/hooks/diallings.py names them).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.pbx.hooks.request import HookRequest
from trunkline.web.i18n import mark

LONGEST_ID: Final = 200
LONGEST_WHY: Final = 200
FORM: Final[Mapping[str, str]] = {"Content-Type": "application/x-www-form-urlencoded"}
LACKS: Final = mark("The settings of the PBX lack: %(what)s")
FORWARDED: Final = mark(
    "Who works at extension %(extension)s works on a mobile, which a PBX in the cloud does not ring."
)
NOBODY: Final = mark("The settings of the PBX do not say who works there at extension %(extension)s.")


class Dial(NamedTuple):
    """A call we want: `agent` is the extension rung first, `number` the client's in E.164, `line` what he is shown."""

    id: UUID
    agent: str
    number: str
    line: str = ""

    @property
    def digits(self) -> str:
        """The client's number as providers spell it: without the plus."""
        return self.number.removeprefix("+")


class Said(NamedTuple):
    """What an answer says: the call is on its way, it is not (`why` in the provider's words), or nothing (None).

    `call` is the provider's id of the call, as its webhooks name it, where it tells one. `signed_out`: it is not, for
    the key of the sign-in is good no more; `key_refused`: the key of the API, as 401 and 403 say of every provider.
    """

    taken: bool | None
    call: str = ""
    why: str = ""
    signed_out: bool = False
    key_refused: bool = False


class CannotAsk(Exception):
    """No request can be made of a dial: `text` is an English sentence (msgid) with `facts`."""

    def __init__(self, text: str, **facts: str) -> None:
        super().__init__(text % facts)
        self.text, self.facts = text, facts


class Heard(NamedTuple):
    """What a webhook says of the dial whose id we gave it: which call it is, or why it is none (`refused`)."""

    dial: UUID
    call: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Dialling:
    """One provider's way. `request` takes the key of the sign-in, empty where there is none, and raises CannotAsk.

    `sign_in` makes the request that comes first, and `key` reads its answer; a `Said` there is why there is none.
    `spacing` are the seconds a node leaves between two dials of an account, `lockout` those it leaves once the key was
    refused, which the provider answers by locking the account. `heard` is what a webhook says of one.
    """

    request: Callable[[Dial, Account, str], ApiRequest]
    read: Callable[[ApiAnswer], Said]
    sign_in: Callable[[Account], ApiRequest] | None = None
    key: Callable[[ApiAnswer], str | Said] = lambda _answer: ""
    spacing: float = 0.0
    lockout: float = 0.0
    heard: Callable[[HookRequest], Heard | None] | None = None


def dials_setting(needs: Sequence[str]) -> Setting:
    """The switch; `needs` are the settings it does not work without."""
    return Setting(
        "dials",
        mark("Calls are begun through it"),
        SettingKind.FLAG,
        mark("Click-to-call and callbacks: its API is asked to ring the agent, then the client."),
        needs=needs,
    )


def dialling_settings(url: str, *own: Setting) -> tuple[Setting, ...]:
    """What a PBX is told so that calls are begun through it: the switch, where its API is, and the provider's `own`."""
    return (
        dials_setting(("api_url", *(one.name for one in own if one.needed))),
        Setting(
            "api_url",
            mark("Address of its API"),
            SettingKind.URL,
            mark("As the provider's documentation names it, with https."),
            default=url,
        ),
        *own,
    )


def url_of(account: Account, default: str) -> str:
    """Where the API is; raises CannotAsk where nobody said so."""
    url = str(account.settings.get("api_url") or default).rstrip("/")
    if not url:
        raise CannotAsk(LACKS, what="api_url")
    return url


def secret_of(account: Account, name: str) -> str:
    """The newest value of a secret; raises CannotAsk where there is none."""
    for value in account.live(name):
        return value
    raise CannotAsk(LACKS, what=name)


def pair_of(account: Account, name: str, key: str) -> str:
    """What a list of pairs says of `key`; empty where it says nothing."""
    pairs = account.settings.get(name)
    return str(pairs.get(key, "")) if isinstance(pairs, dict) else ""


def form_of(url: str, fields: Mapping[str, str], headers: Mapping[str, str] = FORM) -> ApiRequest:
    """A form, posted."""
    return ApiRequest("POST", url, headers, urlencode(fields).encode())


def object_of(answer: ApiAnswer) -> Mapping[str, Any] | None:
    """The JSON object of an answer; None where it is none."""
    value = json_of(answer.body)
    return value if isinstance(value, dict) else None


def call_in(value: object) -> str:
    """An id of a call; empty where it can be none."""
    text = text_of(value)
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else ""


def refused(why: object, default: str) -> Said:
    """The provider said no, in its own words where it has some."""
    told = " ".join(text_of(why).split())[:LONGEST_WHY]
    return Said(False, why="".join(one for one in told if one.isprintable()) or default)


def by_status(answer: ApiAnswer, why: object = "") -> Said:
    """Of an answer that says nothing else: 4xx is a refusal before anything was done, all other leave it open."""
    return refused(why, f"HTTP {answer.status}") if 400 <= answer.status < 500 else Said(None)
