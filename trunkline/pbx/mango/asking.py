"""What Mango's API is asked: a signed form to one of its paths (pbx.md §1.3). No I/O here."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trunkline.pbx.hooks.asking import ApiRequest
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.mango.envelope import enveloped

API: Final = "https://app.mango-office.ru/vpbx"
LOCKOUT_SECONDS: Final = 120.0
"""So long an account is locked, for everything, once a request of it was signed wrong (pbx.md §1.3)."""
_FORM: Final = "application/x-www-form-urlencoded"


def api_of(account: Account) -> str:
    """Where its API is, as the settings say."""
    return str(account.settings.get("api") or API).rstrip("/")


def asked(
    account: Account, path: str, said: Mapping[str, Any], *, base: str = "", leads_on: bool = False
) -> ApiRequest:
    """`said` to `path`, signed by the newest secret; `base` where the setting's address is not to be used."""
    place = base or api_of(account)
    salt = next(iter(account.live("salt")), "")
    body = enveloped(str(account.settings.get("key") or ""), msgspec.json.encode(said), salt)
    return ApiRequest("POST", f"{place}/{path}", {"Content-Type": _FORM}, body, leads_on)
