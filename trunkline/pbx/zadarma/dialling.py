"""Zadarma's callback: `GET /v1/request/callback/`, signed (pbx.md §1.1, "REST"). No I/O here.

The answer names no call, so what becomes of it is found by the agent, the number and the time. `sip` makes it a call of
the agent's extension in the statistics, and so in the webhooks; which number of ours is shown that extension says.
"""

import hashlib
from typing import Final
from urllib.parse import urlencode

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    Dial,
    Dialling,
    Said,
    by_status,
    dialling_settings,
    object_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.pbx.zadarma.signature import signature
from trunkline.web.i18n import mark

URL: Final = "https://api.zadarma.com"
PATH: Final = "/v1/request/callback/"
SETTINGS: Final = dialling_settings(
    URL,
    Setting(
        "api_key",
        mark("Key of its API"),
        SettingKind.SEALED,
        mark("The other one of the pair of keys; Novofon 1 has its own address: https://api.novofon.com."),
        needed=True,
    ),
)


def authorization(path: str, query: str, key: str, secret: str) -> str:
    """The header of a request: the key, and the signature over the path, the query and its MD5."""
    return f"{key}:{signature(path + query + hashlib.md5(query.encode(), usedforsecurity=False).hexdigest(), secret)}"


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    fields = {"format": "json", "from": dial.agent, "sip": dial.agent, "to": dial.digits}
    query = urlencode(sorted(fields.items()))
    signed = authorization(PATH, query, secret_of(account, "api_key"), secret_of(account, "secret"))
    return ApiRequest("GET", f"{url_of(account, URL)}{PATH}?{query}", {"Authorization": signed})


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer) or {}
    if told.get("status") == "success" and answer.status < 400:
        return Said(True)
    if told.get("status") == "error" and answer.status < 500:
        return refused(told.get("message"), f"HTTP {answer.status}")
    return by_status(answer)


DIALLING: Final = Dialling(_request, _read)
