"""Whether an extension's telephone is registered at Zadarma, asked of its REST API. No I/O here.

Source: `GET /v1/pbx/internal/<SIP>/status/` of https://zadarma.com/ru/support/api/ → `is_online`; the signature is that
of pbx.md §1.1. 100 requests a minute (429): a telephone a second leaves place for others.
"""

import re
from collections.abc import Sequence
from typing import Final

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Unclear, is_api_address
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.zadarma.signature import API, authorization

_QUERY: Final = "format=json"
_ONLINE: Final = {"true": True, "1": True, "false": False, "0": False}
MOST: Final = 100
"""More would take longer than a look is believed."""


class ZadarmaPhones:
    """The dialogue; it holds nothing."""

    pace = 1.0

    def missing(self, account: Account) -> Sequence[str]:
        """Its address and both keys."""
        given = {"api_url": is_api_address(_address(account)), "api_key": account.secrets.get("api_key")}
        return [name for name, value in {**given, "secret": account.secrets.get("secret")}.items() if not value]

    def extensions(self, account: Account) -> Sequence[str]:
        """Whose telephones are looked at."""
        told = re.split(r"[\s,;]+", text_of(account.settings.get("phones")))
        return list(dict.fromkeys(one for one in told if extension_in(one)))[:MOST]

    def look(self, account: Account, extensions: Sequence[str]) -> Dialogue[dict[str, bool]]:
        """Whether each is registered; one that the cabinet does not have is not told."""
        found: dict[str, bool] = {}
        refusal: Refused | None = None
        for extension in extensions:
            answer = yield _request(account, f"/v1/pbx/internal/{extension}/status/")
            try:
                found[extension] = _read(answer)
            except Refused as error:
                refusal = error
        if refusal is not None and not found:
            raise refusal
        return found


def _address(account: Account) -> str:
    return (text_of(account.settings.get("api_url")) or API).rstrip("/")


def _request(account: Account, path: str) -> ApiRequest:
    secrets = account.secrets
    signed = authorization(path, _QUERY, secrets.get("api_key", ""), secrets.get("secret", ""))
    return ApiRequest("GET", f"{_address(account)}{path}?{_QUERY}", {"Authorization": signed})


def _read(answer: ApiAnswer) -> bool:
    told = json_of(answer.body)
    if not isinstance(told, dict) or answer.status >= 500:
        raise Unclear(f"HTTP {answer.status}")
    if told.get("status") != "success":
        raise Refused(f"HTTP {answer.status} {text_of(told.get('message'))}".strip()[:200])
    online = _ONLINE.get(text_of(told.get("is_online")).lower())
    if online is None:
        raise Unclear("status: its answer has no is_online")
    return online


PHONES: Final = ZadarmaPhones()
