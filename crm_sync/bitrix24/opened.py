"""What a browser posts where a portal opens our tab in its card of a call, and the pass it gets for later. No I/O here.

The vendor's page `widgets/telephony`: who he is to the portal, by a token of his own, and which call it is, as JSON in
PLACEMENT_OPTIONS. A portal puts DOMAIN and its like into the address. The pass is signed by the installation's key: a
frame of a third party has no cookie.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from crm_sync.bitrix24.placing import CALL_CARD
from trunkline.crypto import SecretBox
from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON
from trunkline.web.i18n import gettext as _

PASS_SECONDS: Final = 3600
"""As long as the token he came with is good for."""
_MOST_FIELDS: Final = 100
_LONGEST: Final = 300
_LONGEST_PASS: Final = 2000
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,2000}").fullmatch
_CALL_ID: Final = re.compile(r"[\x21-\x7e]{1,150}").fullmatch
_PURPOSE: Final = "crm card pass"
_SIGNATURE: Final = 16


class Opened(msgspec.Struct, frozen=True):
    """Who opens it, as the portal says, and before which call: `remote` is the portal's id of it."""

    member: str
    domain: str
    access: str
    remote: str
    phone: str


class Pass(msgspec.Struct, frozen=True, array_like=True):
    """Who may go on looking at which call of which portal until when, in Unix seconds."""

    connector: UUID
    portal: str
    person: UUID
    remote: str
    phone: str
    until: int


def read_opened(query: Mapping[str, str], body: bytes) -> Opened:
    """What was posted; raises InvalidInput that names the field."""
    try:
        told = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidInput(Mistake("form", _("must be the form that a portal sends with its card of a call"))) from None
    fields = {**query, **told}
    if fields.get("PLACEMENT") != CALL_CARD:
        raise InvalidInput(Mistake("PLACEMENT", _("must be CALL_CARD: this address is that of a tab in a call's card")))
    if not _TOKEN(fields.get("AUTH_ID", "")):
        raise InvalidInput(Mistake("AUTH_ID", _("must be the portal's token of whoever opens the card")))
    options = _options(fields.get("PLACEMENT_OPTIONS", ""))
    remote = options.get("CALL_ID")
    if not isinstance(remote, str) or not _CALL_ID(remote):
        raise InvalidInput(Mistake("PLACEMENT_OPTIONS", _("must name the call as CALL_ID")))
    phone = str(options.get("PHONE_NUMBER") or "").replace("\0", "")[:50]
    member, domain = (fields.get(name, "")[:_LONGEST] for name in ("member_id", "DOMAIN"))
    return Opened(member, domain.lower(), fields["AUTH_ID"], remote, phone)


def signed(box: SecretBox, one: Pass) -> str:
    """What the page shows for what it asks later."""
    told = msgspec.json.encode(one)
    return urlsafe_b64encode(box.sign(_PURPOSE, told) + told).decode()


def read_pass(box: SecretBox, text: str, now: float) -> Pass | None:
    """None for one that was never given, or has ended."""
    try:
        whole = urlsafe_b64decode(text[:_LONGEST_PASS].encode("ascii"))
    except ValueError:
        return None
    signature, told = whole[:_SIGNATURE], whole[_SIGNATURE:]
    if not box.verify(_PURPOSE, told, signature):
        return None
    try:
        one = msgspec.json.decode(told, type=Pass)
    except msgspec.ValidationError:  # another version's, from before it was changed
        return None
    return one if now < one.until else None


def _options(text: str) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(text.encode(errors="surrogatepass"))
    except NOT_JSON:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(Mistake("PLACEMENT_OPTIONS", _("must be a JSON object that names the call as CALL_ID")))
    return found
