"""Telphin's `extension/…/callback/`: the agent's telephone is rung, then the client. No I/O here.

Sources: "callback" of RingMe's documentation; `xdimedrolx/telphin-go-sdk` with its test data [T]: the answer names the
call by the `CallID` of events. A number to show that is none of the account's is passed over by it.
"""

import json
from typing import Final

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    LACKS,
    NOBODY,
    CannotAsk,
    Dial,
    Dialling,
    Said,
    by_status,
    call_in,
    dialling_settings,
    object_of,
    pair_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.pbx.telphin.api import API, KEY_REFUSED, PATH, bearer, key_in, sign_in_at, why_in
from trunkline.pbx.telphin.fields import uuid_of
from trunkline.web.i18n import mark

SETTINGS: Final = dialling_settings(
    API,
    Setting(
        "app_id", mark("Application ID of its API"), hint=mark("Of an application of your own there."), needed=True
    ),
    Setting(
        "app_secret",
        mark("Application secret of its API"),
        SettingKind.SEALED,
        mark("With both of them lost calls are looked up and recordings fetched, too."),
        needed=True,
    ),
    Setting(
        "extension_ids",
        mark("Ids of extensions there"),
        SettingKind.PAIRS,
        mark("A line each, as “101 = 469100”: the extension, and its id in the API. Calls are begun in its name."),
        needed=True,
    ),
)


def _sign_in(account: Account) -> ApiRequest:
    app = str(account.settings.get("app_id", "")).strip()
    if not app:
        raise CannotAsk(LACKS, what="app_id")
    return sign_in_at(url_of(account, API), app, secret_of(account, "app_secret"))


def _key(answer: ApiAnswer) -> str | Said:
    if key := key_in(answer):
        return key
    why = refused(why_in(object_of(answer) or {}), f"HTTP {answer.status}")
    return why._replace(key_refused=answer.status in KEY_REFUSED)


def _request(dial: Dial, account: Account, key: str) -> ApiRequest:
    extension = pair_of(account, "extension_ids", dial.agent)
    if not (extension.isascii() and extension.isdecimal()):
        raise CannotAsk(NOBODY, extension=dial.agent)
    asked: dict[str, object] = {"src_num": [dial.agent], "dst_num": dial.number}
    if dial.line:
        asked["dst_ani"] = dial.line
    headers = {**bearer(key), "Content-Type": "application/json"}
    url = f"{url_of(account, API)}{PATH}/extension/{extension}/callback/"
    return ApiRequest("POST", url, headers, json.dumps(asked).encode())


def _read(answer: ApiAnswer) -> Said:
    """401 comes before anything is done; a success that names no call leaves it open."""
    told = object_of(answer) or {}
    if answer.status == 401:
        return refused(why_in(told), f"HTTP {answer.status}")._replace(signed_out=True)
    if answer.status < 300 and (call := uuid_of(call_in(told.get("call_id")))):
        return Said(True, call)
    return by_status(answer, why_in(told))


DIALLING: Final = Dialling(_request, _read, _sign_in, _key)
