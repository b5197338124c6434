"""RingMe's REST API as an application of its own asks it: a key by OAuth 2.0, and requests that carry it. No I/O here.

Sources: "Создание и авторизация приложений" of RingMe's documentation; `xdimedrolx/telphin-go-sdk` with its test data,
and public clients [T]. A key is given for `client_credentials` and lives about an hour; a dead one is answered by 401.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import form_of, object_of
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import text_of
from trunkline.pbx.hooks.history import Keys, Trouble, base_of
from trunkline.pbx.hooks.port import Account

API: Final = "https://apiproxy.telphin.ru"
PATH: Final = "/api/ver1.0"
KEY_REFUSED: Final = frozenset({400, 401, 403})
"""How a sign-in says so (RFC 6749 §5.2): nothing in ours but the application's id and secret can be wrong."""
_KEY: Final = "key"


def sign_in_at(base: str, app: str, secret: str) -> ApiRequest:
    """Asks for a key."""
    fields = {"grant_type": "client_credentials", "client_id": app, "client_secret": secret}
    return form_of(f"{base}/oauth/token", fields)


def bearer(key: str) -> Mapping[str, str]:
    """The header with the key."""
    return {"Authorization": f"Bearer {key}", "Accept": "application/json"}


def key_in(answer: ApiAnswer) -> str:
    """The key that was given; empty where none was."""
    key = text_of((object_of(answer) or {}).get("access_token"))
    return key if answer.status < 300 and key.isascii() and key.isprintable() and " " not in key else ""


def why_in(told: Mapping[str, Any]) -> str:
    """What it says of a fault."""
    return text_of(told.get("message") or told.get("error_description") or told.get("error"))[:200]


def asked(account: Account, path: str, query: Mapping[str, str], keys: Keys) -> Dialogue[ApiAnswer]:
    """The answer to a GET with a key, which is asked for where there is none, and once more where it is dead."""
    base = base_of(account, API)
    url = f"{base}{PATH}{path}" + (f"?{urlencode(query)}" if query else "")
    for _turn in range(2):
        if _KEY not in keys:
            keys[_KEY] = yield from _signed_in(account, base)
        answer = yield ApiRequest("GET", url, bearer(keys[_KEY]))
        if answer.status != 401:
            return answer
        del keys[_KEY]
    raise Trouble("it refuses the key it has just given", refused=True)


def _signed_in(account: Account, base: str) -> Dialogue[str]:
    app = str(account.settings.get("app_id") or "").strip()
    answer = yield sign_in_at(base, app, account.secrets.get("app_secret", ""))
    if key := key_in(answer):
        return key
    why = why_in(object_of(answer) or {}) or f"HTTP {answer.status}"
    raise Trouble(f"it gives no key: {why}", refused=answer.status in KEY_REFUSED)
