"""A connector: one CRM as a company set it up. No I/O here."""

import re
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from trunkline.errors import Mistake
from trunkline.web.i18n import gettext as _

_NAME: Final = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,200}").fullmatch
_LONGEST_SECRET: Final = 200
_LONGEST_URL: Final = 300


class Connector(msgspec.Struct, frozen=True):
    """One row. `default_user`: whose call it is there when no one of ours is known there."""

    id: UUID
    kind: str
    name: str
    portal: str
    oauth_url: str
    client_id: str
    active: bool
    enterprise: bool
    creates: bool
    default_user: int | None
    is_connected: bool
    """Whether somebody has signed in there."""
    by_webhook: bool = False
    """Whether it is a webhook that lets us in: less may be done there."""

    @property
    def host(self) -> str:
        """`company.bitrix24.ru`: what people call it by."""
        return urlsplit(self.portal).netloc

    @property
    def account(self) -> str:
        """What its limit and its circuit belong to."""
        return f"{self.kind}:{self.host}"


class ConnectorFields(msgspec.Struct, frozen=True):
    """What a person writes; `secret` is empty where the one that is kept stays."""

    name: str
    portal: str
    client_id: str
    secret: str = ""
    oauth_url: str = ""
    active: bool = False
    enterprise: bool = False
    creates: bool = True
    default_user: int | None = None
    kind: str = "bitrix24"


def mistakes_of(told: ConnectorFields, known: Connector | None) -> list[Mistake]:
    """What is wrong whatever kind it is of."""
    mistakes = []
    if not _NAME(told.name):
        mistakes.append(Mistake("name", _("must be 1 to 40 of a-z, 0-9, _ and -")))
    if told.client_id and not _CLIENT_ID(told.client_id):
        mistakes.append(Mistake("client_id", _("must be the application's client_id")))
    if len(told.secret) > _LONGEST_SECRET:
        mistakes.append(Mistake("secret", _("is too long: it is the application's client_secret")))
    if told.active and (known is None or not known.is_connected):
        mistakes.append(Mistake("active", _("connect the portal first")))
    return mistakes


def origin_of(text: str) -> str:
    """`https://company.bitrix24.ru` of however it was pasted; empty for what is no address.

    A box in one's own network may have no certificate: only who writes http:// himself gets it.
    """
    text = text.strip()
    address = text if "://" in text else f"https://{text}"
    if not is_address(address, ("https", "http")):
        return ""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_address(text: str, schemes: tuple[str, ...]) -> bool:
    """Whether requests may be sent there, as far as its spelling tells."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    good = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and port != 0
    return good and len(text) <= _LONGEST_URL and text.isascii() and not any(one.isspace() for one in text)
