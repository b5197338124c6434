"""onlinePBX's `call/now.json`, whose answer is held until the agent picks up (pbx.md §1.7). No I/O here.

Errors come with status 200 and `status` "0". A key of the sign-in lives for about three days; one that is good no more
is told with `isNotAuth`, before anything is done.
"""

from collections.abc import Mapping
from typing import Any, Final

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    FORM,
    LACKS,
    CannotAsk,
    Dial,
    Dialling,
    Said,
    by_status,
    call_in,
    dialling_settings,
    form_of,
    object_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.fields import mapping_of, text_of
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.web.i18n import mark

URL: Final = "https://api2.onlinepbx.ru"
SETTINGS: Final = dialling_settings(
    URL,
    Setting(
        "api_key",
        mark("Key of its API"),
        SettingKind.SEALED,
        mark(
            "The cabinet's “auth_key”; the domain of the account has to be set as well. With it lost calls are"
            " looked up and recordings fetched, too."
        ),
        needed=True,
    ),
)
_UNSURE: Final = "INTERNAL"
"""The `errorCode` of a fault of theirs: what was done before it nobody says, but where `isNotAuth` does."""
SIGNED_OUT: Final = frozenset(("WRONG_AUTH_DATA", "API_KEY_CHECK_FAILED"))
"""Codes of a key that is good no more; the second as public clients have it."""


def _address(account: Account, method: str) -> str:
    domain = str(account.settings.get("domain", "")).strip()
    if not domain:
        raise CannotAsk(LACKS, what="domain")
    return f"{url_of(account, URL)}/{domain}/{method}.json"


def _sign_in(account: Account) -> ApiRequest:
    return form_of(_address(account, "auth"), {"auth_key": secret_of(account, "api_key"), "new": "true"})


def _key(answer: ApiAnswer) -> str | Said:
    told = object_of(answer) or {}
    data = mapping_of(told.get("data"))
    name, key = text_of(data.get("key_id")), text_of(data.get("key"))
    pair = f"{name}:{key}"
    if _is_one(told) and name and key and pair.isascii() and pair.isprintable():
        return pair
    said = refused(told.get("comment") or told.get("errorCode"), f"HTTP {answer.status}")
    is_word = text_of(told.get("status")) == "0" and answer.status < 500 and told.get("errorCode") != _UNSURE
    return said._replace(key_refused=is_word)


def _request(dial: Dial, account: Account, key: str) -> ApiRequest:
    fields = {"from": dial.agent, "to": dial.digits}
    return form_of(_address(account, "call/now"), fields, {**FORM, "x-pbx-authentication": key})


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer)
    if _is_signed_out(answer.status, told or {}):
        why = (told or {}).get("comment") or (told or {}).get("errorCode")
        return refused(why, f"HTTP {answer.status}")._replace(signed_out=True)
    if told is None or answer.status >= 400:
        return by_status(answer)
    code = text_of(told.get("errorCode"))
    if _is_one(told):
        return Said(True, call_in(mapping_of(told.get("data")).get("uuid")))
    if text_of(told.get("status")) != "0" or code == _UNSURE:
        return Said(None)
    return refused(told.get("comment") or code, "status 0")


def _is_signed_out(status: int, told: Mapping[str, Any]) -> bool:
    """Whether the key was refused, which comes before anything is done; a 5xx leaves even that open."""
    if status in {401, 403}:
        return True
    not_auth = text_of(told.get("isNotAuth")).lower() in {"1", "true"} or text_of(told.get("errorCode")) in SIGNED_OUT
    return not_auth and status < 500 and not _is_one(told)


def _is_one(told: Mapping[str, Any]) -> bool:
    return text_of(told.get("status")) == "1"


DIALLING: Final = Dialling(_request, _read, _sign_in, _key)
