"""1C as a kind of CRM: its form, its address, its words. It is told nothing of calls. No I/O here."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import msgspec

from crm_sync.connector import Connector, ConnectorFields, is_address
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_NAME: Final = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_LONGEST: Final = 200
_TAIL: Final = re.compile(r"(?:/(?:odata(?:/standard\.odata)?|hs|[a-z]{2}(?:_[A-Z]{2})?))?/*$")
"""What stands behind a base's address where it is copied from a browser or from a request."""


class OneCKind:
    """A base that is published on a web server."""

    title: str = "1C"
    is_told: bool = False
    takes_tokens: bool = False
    is_matched_here: bool = False
    posts_events: bool = False
    record_choices: Sequence[tuple[str, str]] = ()
    labels: Mapping[str, str] = {
        "name": mark("Short name"),
        "portal": mark("Address of the base"),
        "client_id": mark("User of 1C"),
        "secret": mark("His password"),
        "active": mark("It may send, and is read"),
    }
    defaults: Mapping[str, str] = {"active": "on"}
    refusals: Mapping[str, str] = {}

    def checked(self, told: ConnectorFields, known: Connector | None) -> ConnectorFields:  # noqa: ARG002 - the port's
        """Users of 1C are named in Russian, with spaces; one without a password is fine to 1C."""
        portal = base_address(told.portal)
        mistakes = []
        if not _NAME(told.name):
            mistakes.append(Mistake("name", _("must be 1 to 40 of a-z, 0-9, _ and -")))
        if not portal:
            mistakes.append(
                Mistake("portal", _("must be the address of the published base, as https://1c.company.ru/trade"))
            )
        if len(told.client_id) > _LONGEST or not told.client_id.isprintable() or ":" in told.client_id:
            mistakes.append(Mistake("client_id", _("must be the name of a user of 1C, without a colon")))
        if len(told.secret) > _LONGEST:
            mistakes.append(Mistake("secret", _("is too long")))
        if mistakes:
            raise InvalidInput(*mistakes)
        return msgspec.structs.replace(
            told, portal=portal, oauth_url="", enterprise=False, creates=False, default_user=None
        )


def base_address(text: str) -> str:
    """`https://host/base` of however it was pasted; empty for what is no address of a base."""
    text = text.strip()
    address = text if "://" in text else f"https://{text}"
    if not is_address(address, ("https", "http")):
        return ""
    scheme, _sep, rest = address.partition("://")
    host, _slash, path = _TAIL.sub("", rest.split("?")[0].split("#")[0]).partition("/")
    return f"{scheme.lower()}://{host.lower()}{f'/{path}' if path else ''}" if ".." not in unquote(path) else ""


ONEC: Final = OneCKind()
