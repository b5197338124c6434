"""`/crm/hooks/{connector}/{secret}` on the public listener: what CRMs tell us, put into the spool and answered.

A portal posts an event once and calls a slow handler less often (crm.md §2.5), amoCRM switches one off (§3.4): nothing
is looked up here. The secret is made of the installation's key, so that it is known with the database away; whether an
event is the portal's own is looked at where it is stored, and what nobody signs is never more than a hint.
"""

from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from crm_sync.amocrm.hints import read_hints
from crm_sync.bitrix24.events import read_event
from trunkline.crypto import SecretBox
from trunkline.errors import SpoolFull
from trunkline.keys import secret_box_key, spool_key
from trunkline.log import get_logger
from trunkline.settings import Settings
from trunkline.spool import Kind
from trunkline.web import hook_addresses
from trunkline.web.receiving import BodyFault, receive_at_most

log = get_logger(__name__)

_BODY_SECONDS: Final = 10.0
_LARGEST_BODY: Final = 512 << 10
"""Bytes; an event of a portal has two thousand, but an account posts whole records, several at once."""
EVENTS: Final = "crm hook"
"""The purpose that secrets of addresses are made for where events are posted."""


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/crm/hooks/{connector}/{secret}", hear)]


def handler_of(settings: Settings, connector: UUID) -> str | None:
    """Where a CRM is to post its events; None while nobody has named the public listener's address."""
    path = f"{path_of(connector)}{secret_of(settings.secret_box(), connector)}"
    return hook_addresses.from_outside(settings, path)


def path_of(connector: UUID) -> str:
    """What every address begins with, after its host, that one connector ever had."""
    return f"/crm/hooks/{connector}/"


def secret_of(box: SecretBox, connector: UUID, purpose: str = EVENTS) -> str:
    """Of one connector alone."""
    return hook_addresses.secret_of(box, purpose, connector.bytes)


async def hear(request: web.Request) -> web.Response:
    """`POST`: 200 once it lies in the spool; 404 for a secret that is none, 413 and 400 for what no portal sends."""
    connector = connector_of(request)
    try:
        body = await receive_at_most(request, _LARGEST_BODY, _BODY_SECONDS)
        event = read_hints(connector, body) or read_event(connector, body)
    except BodyFault as fault:
        return _refused(connector, fault.status, fault.reason)
    except ValueError:
        return _refused(connector, 400, "no form")
    try:
        if event is not None:
            request.app[spool_key].append(Kind.CRM, msgspec.msgpack.encode(event))
    except SpoolFull:
        return _refused(connector, 503, "spool full")
    return web.Response()


def connector_of(request: web.Request, purpose: str = EVENTS) -> UUID:
    """Whose address it is; raises HTTPNotFound for one we never gave for `purpose`."""
    box = request.app[secret_box_key]
    return hook_addresses.whose_address(request, "connector", lambda one: [secret_of(box, one, purpose)])


def _refused(connector: UUID, status: int, why: str) -> web.Response:
    log.warning("crm_event_refused", connector=str(connector), why=why)
    answer = web.Response(status=status)
    answer.force_close()  # of what is left of the body nobody reads on
    return answer
