"""Beeline's REST API as all parts of ours ask it: its address, the token, what an answer says. No I/O here.

Sources: pbx.md §1.9 [T] and public clients of `/apis/portal` [T]: an error has `errorCode` and `description`, and one
may come with HTTP 200.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.port import Account

API: Final = "https://cloudpbx.beeline.ru/apis/portal"
_TOKEN: Final = "X-MPBX-API-AUTH-TOKEN"  # noqa: S105  (a header's name)


def portal_of(account: Account) -> str:
    """Where its API is, as the settings say."""
    return (str(account.settings.get("api") or "") or API).rstrip("/")


def asked(
    account: Account,
    method: str,
    path: str,
    query: Mapping[str, str] | None = None,
    body: bytes = b"",
    base: str = "",
) -> ApiRequest:
    """A request with the token; `base` stands in place of the address in the settings."""
    headers = {_TOKEN: account.secrets.get("token", ""), "Content-Type": "application/json"}
    tail = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
    return ApiRequest(method, f"{base or portal_of(account)}/{path}{tail}", headers, body)


def object_in(answer: ApiAnswer) -> Mapping[str, Any]:
    """The object of an answer; empty where it is none."""
    value = json_of(answer.body)
    return value if isinstance(value, dict) else {}


def is_of_token(told: Mapping[str, Any]) -> bool:
    """Whether an error is of our token; the code for it no source tells, and it may come with HTTP 200."""
    code = text_of(told.get("errorCode")).lower()
    return "auth" in code or "token" in code


def words_in(told: Mapping[str, Any]) -> str:
    """What it says of an error, in its own words."""
    return " ".join(part for name in ("errorCode", "description") if (part := text_of(told.get(name))))
