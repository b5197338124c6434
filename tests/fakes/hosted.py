"""A company with an account at every hosted PBX, and what each of them sends at the beginning of a call.

Where a PBX asks, its question is sent, which costs most; where it only tells, the beginning.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from tests.fakes import beeline, mango
from tests.fakes.zadarma import SECRET, FakeCall
from tests.router.company import OFFICE, PATIENT_MS, PLAN, head_of
from trunkline.crypto import SecretBox, token_hash
from trunkline.directory.values import Head, PbxBrief
from trunkline.pbx.hooks.providers import PROVIDERS

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_LINE: Final = OFFICE[1:]
_LOGIN, _PASSWORD = "events", "a-password-of-the-events"
_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {
    "zadarma": {"zone": "Europe/Moscow", "places": {"q-sales": "0-1", "q-quality": "0-2"}},
    "uis": {"codes": {"q-sales": "2", "q-quality": "3"}, "default_code": "1"},
    "telphin": {"places": {"q-sales": "3/start", "q-quality": "4/start"}},
    "megafon": {"logins": {"101": "anna", "102": "boris"}},
    "onlinepbx": {"reply": {"queue": '{"transfer": "{target}"}', "extension": '{"transfer": "{target}"}'}},
    "mts": {"login": _LOGIN},
    "mango": {"key": mango.KEY, "api": "http://127.0.0.1:1/vpbx", "places": {"q-sales": "500", "q-quality": "501"}},
    "beeline": {"users": dict(beeline.USERS)},
    "exolve": {"fallback": "79160000000", "numbers": {"q-sales": "883140000101"}},
}
_SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "zadarma": {"secret": SECRET},
    "megafon": {"token": SECRET},
    "mts": {"password": _PASSWORD},
    "mango": {"salt": mango.SALT},
    "beeline": {"token": beeline.TOKEN},
}


def company(box: SecretBox, plan: object = PLAN) -> Head:
    """The company of tests/router/company.py with a PBX of each kind beside its own."""
    return head_of(plan, pbxs=(head_of().pbxs["office"], *(_pbx(name, box) for name in PROVIDERS)))


def address(name: str) -> str:
    """Where the provider sends."""
    return f"/router/v1/hooks/{name}/{_secret(name)}"


def _pbx(name: str, box: SecretBox) -> PbxBrief:
    secrets = _SECRETS.get(name)
    return PbxBrief(
        name,
        name,
        PATIENT_MS,
        (token_hash(_secret(name)),),
        settings=msgspec.json.encode(_SETTINGS.get(name, {})),
        secrets=box.seal(msgspec.json.encode(secrets)) if secrets else b"",
    )


def _secret(name: str) -> str:
    return f"the-address-of-{name}-in-128-random-bits"


Written = tuple[str, str, bytes, Mapping[str, str]]
"""What stands behind the address, the body's type, the body, further headers."""


def _zadarma(call: str, caller: str) -> Written:
    sent = FakeCall(f"in_{call}", caller, _LINE).start_()
    return "", sent.headers["Content-Type"], sent.body, {"Signature": sent.headers["Signature"]}


def _uis(call: str, caller: str) -> Written:
    return "", _FORM, _form(cdr_id=call, start_time="1200", input_result="None", numa=caller, numb=_LINE), {}


def _sipuni(call: str, caller: str) -> Written:
    return "", _FORM, _form(fromnum=caller, tonum=_LINE, dtmf="", label="q-sales", time=call), {}


def _telphin(call: str, caller: str) -> Written:
    asked = {"EventType": "call_interactive", "CallAPIID": f"7:{call}", "CallFlow": "IN", "CallStatus": "ANSWER"}
    return "", _FORM, _form(**asked, CallerIDNum=caller, CalledDID=_LINE), {}


def _megafon(call: str, caller: str) -> Written:
    return "", _FORM, _form(cmd="contact", phone=caller, callid=call, diversion=_LINE, crm_token=SECRET), {}


def _onlinepbx(call: str, caller: str) -> Written:
    return "/route", _JSON, json.dumps({"uuid": call, "caller": caller, "gateway": _LINE}).encode(), {}


def _mts(call: str, caller: str) -> Written:
    told: dict[str, Any] = {
        "ServiceType": 7,
        "CallID": call,
        "EventType": "CallAccepted",
        "EventTime": "2026-08-06T12:00:00.5970279+03:00",
        "From": {"ANI": caller[1:]},
        "To": {"DNIS": _LINE[1:], "Virtual": "101", "TrunkId": _LINE[1:]},
    }
    login = base64.b64encode(f"{_LOGIN}:{_PASSWORD}".encode()).decode()
    return "", _JSON, json.dumps(told).encode(), {"Authorization": f"Basic {login}"}


def _exolve(call: str, caller: str) -> Written:
    params = {"sip_id": _LINE, "numberA": caller, "call_sid": call}
    asked = {"id": "1", "jsonrpc": "2.0", "method": "getControlCallFollowMe", "params": params}
    return "", _JSON, json.dumps(asked).encode(), {}


def _mango(call: str, caller: str) -> Written:
    return "/events/call", _FORM, mango.webhook(mango.FakeCall(call, caller, _LINE).menu(0)), {}


def _beeline(call: str, caller: str) -> Written:
    half = beeline.Half("101", 0, other={"address": f"tel:+{caller}", "callType": "Network"}, tracking=call)
    return "", beeline.XML, half.events()[0][1], {}


def _form(**fields: str) -> bytes:
    return urlencode(fields).encode()


BEGINNINGS: Final[Mapping[str, Callable[[str, str], Written]]] = {
    "zadarma": _zadarma,
    "uis": _uis,
    "sipuni": _sipuni,
    "telphin": _telphin,
    "megafon": _megafon,
    "onlinepbx": _onlinepbx,
    "mts": _mts,
    "exolve": _exolve,
    "mango": _mango,
    "beeline": _beeline,
}
"""By provider: of the call with this id, a number, from this caller, as `79161234567`."""
