"""Sipuni's `callback/call_number`: a form whose hash is an MD5 over its values and the key. No I/O here.

Source: the examples of the cabinet's API page, as public clients repeat them: the values stand in the order of their
names, joined by `+`, then the account's number and the key. `reverse=0` rings the extension first. What it answers is
documented nowhere but for `success`: so anything else leaves it open, and the call is found by agent, number and time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    LACKS,
    CannotAsk,
    Dial,
    Dialling,
    Said,
    by_status,
    dialling_settings,
    form_of,
    object_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.fields import text_of
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.web.i18n import mark

URL: Final = "https://sipuni.com/api"
SETTINGS: Final = dialling_settings(
    URL,
    Setting(
        "api_user",
        mark("Number of the account"),
        hint=mark("Six digits, on the cabinet's page of the API."),
        needed=True,
    ),
    Setting(
        "api_key",
        mark("Key of its API"),
        SettingKind.SEALED,
        mark("The cabinet's integration key. With it lost calls are looked up and recordings fetched, too."),
        needed=True,
    ),
)


def hashed(values: Sequence[str], key: str) -> str:
    """What stands as `hash` in a form of these values."""
    return hashlib.md5("+".join((*values, key)).encode(), usedforsecurity=False).hexdigest()


def said_in(told: Mapping[str, Any]) -> str:
    """What an answer says of a fault."""
    return text_of(told.get("message") or told.get("error"))


def is_of_key(why: str) -> bool:
    """Whether a fault is of our key, or of the account's number: nothing else makes a hash wrong."""
    return "hash" in why.lower()


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    user = str(account.settings.get("api_user", "")).strip()
    if not user:
        raise CannotAsk(LACKS, what="api_user")
    fields = {"antiaon": "0", "phone": dial.digits, "reverse": "0", "sipnumber": dial.agent, "user": user}
    signed = {**fields, "hash": hashed([*fields.values()], secret_of(account, "api_key"))}
    return form_of(f"{url_of(account, URL)}/callback/call_number", signed)


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer) or {}
    match told.get("success"):
        case True if answer.status < 400:
            return Said(True)
        case False if answer.status < 500:
            return refused(said_in(told), f"HTTP {answer.status}")._replace(key_refused=is_of_key(said_in(told)))
        case _:
            return by_status(answer)


DIALLING: Final = Dialling(_request, _read)
