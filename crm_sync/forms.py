"""The forms of the CRMs: what was asked and sent, as fields; what is kept, as values; what is wrong, at its field."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.kinds import KINDS
from crm_sync.store import find_connector
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.web.i18n import gettext as _

_LONGEST_FIELD: Final = 500
_MOST_USER: Final = 2**53
_WORDS: Final = ("name", "portal", "client_id", "oauth_url")
_TICKS: Final = ("active", "enterprise", "creates")
_NAMES: Final = ("kind", *_WORDS, *_TICKS, "secret", "default_user")
"""Every field of every kind: one that a kind's form has not is sent by nobody, and empty."""


async def asked_for(request: web.Request, connection: Connection) -> Connector:
    """The connector of the address; raises NotFound."""
    try:
        return await find_connector(connection, UUID(request.match_info["crm"]))
    except ValueError:
        raise NotFound(_("There is no such CRM.")) from None


async def sent_by(request: web.Request) -> dict[str, str]:
    """What the form held, cut to what a field may hold."""
    form = await request.post()
    return {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}


def fields_of(kind: str, sent: Mapping[str, str]) -> ConnectorFields:
    """Of what was sent; raises InvalidInput."""
    user = sent["default_user"]
    if user and not (user.isascii() and user.isdecimal() and 0 < int(user[:20]) < _MOST_USER):
        raise InvalidInput(Mistake("default_user", _("must be the number of a person in the portal")))
    return ConnectorFields(
        name=sent["name"],
        portal=sent["portal"],
        client_id=sent["client_id"],
        secret=sent["secret"],
        oauth_url=sent["oauth_url"],
        active=bool(sent["active"]),
        enterprise=bool(sent["enterprise"]),
        creates=bool(sent["creates"]),
        default_user=int(user) if user else None,
        kind=kind,
    )


def empty(kind: str) -> dict[str, str]:
    """Of a new one."""
    return {**dict.fromkeys(_NAMES, ""), **KINDS[kind].defaults}


def values_of(known: Connector) -> dict[str, str]:
    """Of one that is kept; its secret is never shown."""
    words = {name: str(getattr(known, name)) for name in _WORDS}
    ticks = {name: "on" if getattr(known, name) else "" for name in _TICKS}
    return {**words, **ticks, "secret": "", "default_user": str(known.default_user or "")}


def labels_of(kind: str) -> dict[str, str]:
    """What people call the fields, in their language."""
    return {name: _(word) for name, word in KINDS[kind].labels.items()}


def told_of(kind: str, mistakes: Mapping[str, str]) -> dict[str, Any]:
    """Mistakes at their fields, and in one list above them."""
    labels = labels_of(kind)
    named = [(name, f"{labels[name]}: {said}" if name in labels else said) for name, said in mistakes.items()]
    return {"mistakes": {name: mistakes.get(name, "") for name in labels}, "told": named}
