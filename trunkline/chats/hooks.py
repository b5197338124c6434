"""`/chats/chat2desk/{inbox}/{secret}` on the public listener: what clients write, put into the spool and answered.

Nothing is looked up here: the secret is made of the installation's key, so that a stranger's request asks the database
nothing, and a message is taken with the database away.
"""

from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.chats.chat2desk import read_message
from trunkline.crypto import SecretBox
from trunkline.errors import SpoolFull
from trunkline.keys import secret_box_key, spool_key
from trunkline.log import get_logger
from trunkline.settings import Settings
from trunkline.spool import Kind
from trunkline.web.hook_addresses import from_outside, secret_of, whose_address
from trunkline.web.receiving import BodyFault, receive_at_most

log = get_logger(__name__)

_BODY_SECONDS: Final = 10.0
_LARGEST_BODY: Final = 256 << 10
_PURPOSE: Final = "chat address"


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/chats/chat2desk/{inbox}/{secret}", hear)]


def address_of(settings: Settings, inbox: UUID) -> str | None:
    """Where Chat2Desk is to post; None while nobody has named the public listener's address."""
    return from_outside(settings, path_of(settings.secret_box(), inbox))


def path_of(box: SecretBox, inbox: UUID) -> str:
    """The address after its host, with the secret of one inbox alone."""
    return f"/chats/chat2desk/{inbox}/{secret_of(box, _PURPOSE, inbox.bytes)}"


async def hear(request: web.Request) -> web.Response:
    """`POST`: 200 once it lies in the spool, and for events of no use to us; 404 for a secret that is none."""
    box = request.app[secret_box_key]
    inbox = whose_address(request, "inbox", lambda one: [secret_of(box, _PURPOSE, one.bytes)])
    try:
        body = await receive_at_most(request, _LARGEST_BODY, _BODY_SECONDS)
        message = read_message(inbox, body)
    except BodyFault as fault:
        return _refused(inbox, fault.status, fault.reason)
    except ValueError:
        return _refused(inbox, 400, "no event")
    try:
        if message is not None:
            request.app[spool_key].append(Kind.CHAT, msgspec.msgpack.encode(message))
    except SpoolFull:
        return _refused(inbox, 503, "spool full")
    return web.Response()


def _refused(inbox: UUID, status: int, why: str) -> web.Response:
    log.warning("chat_message_refused", inbox=str(inbox), why=why)
    answer = web.Response(status=status)
    answer.force_close()  # of what is left of the body nobody reads on
    return answer
