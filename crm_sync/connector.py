"""A connector: one CRM as a company set it up. No I/O here."""

import re
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

OAUTH_URL: Final = "https://oauth.bitrix24.tech/oauth/token/"
"""Where new tokens are asked for. Never what a portal or a browser says: the application's secret goes there."""
_NAME: Final = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,200}").fullmatch
_LONGEST_SECRET: Final = 200
_LONGEST_URL: Final = 300
_HERE: Final = ("127.0.0.1", "localhost")
"""Of this machine: nobody listens on the way."""


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
    oauth_url: str = OAUTH_URL
    active: bool = False
    enterprise: bool = False
    creates: bool = True
    default_user: int | None = None


def checked(told: ConnectorFields, known: Connector | None) -> ConnectorFields:
    """`told` with addresses as they are kept; raises InvalidInput."""
    portal, oauth_url = origin_of(told.portal), told.oauth_url.strip()
    mistakes = []
    if not _NAME(told.name):
        mistakes.append(Mistake("name", _("must be 1 to 40 of a-z, 0-9, _ and -")))
    if not portal:
        mistakes.append(Mistake("portal", _("must be the portal's address, as company.bitrix24.ru")))
    if not _is_address(oauth_url, ("https",)) and urlsplit(oauth_url).hostname not in _HERE:
        mistakes.append(Mistake("oauth_url", _("must be an address that begins with https://")))
    if not _CLIENT_ID(told.client_id):
        mistakes.append(Mistake("client_id", _("must be the application's client_id")))
    if not told.secret and known is None:
        mistakes.append(Mistake("secret", _("is needed")))
    if len(told.secret) > _LONGEST_SECRET:
        mistakes.append(Mistake("secret", _("is too long: it is the application's client_secret")))
    if told.active and (known is None or not known.is_connected):
        mistakes.append(Mistake("active", _("connect the portal first")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(told, portal=portal, oauth_url=oauth_url)


def origin_of(text: str) -> str:
    """`https://company.bitrix24.ru` of however it was pasted; empty for what is no address.

    A box in one's own network may have no certificate: only who writes http:// himself gets it.
    """
    text = text.strip()
    address = text if "://" in text else f"https://{text}"
    if not _is_address(address, ("https", "http")):
        return ""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    good = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and port != 0
    return good and len(text) <= _LONGEST_URL and text.isascii() and not any(one.isspace() for one in text)
