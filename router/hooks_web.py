"""`/router/v1/hooks/{provider}/{secret}`: where hosted PBXs send their webhooks.

Never 5xx. 404 for a secret that is none, 403 for a request its provider did not send, 413 for one that is too long;
everything else is 200 with what the provider expects, what cannot be read too.
"""

import time
from typing import Final

from aiohttp import web

from router.hook_doors import Door
from router.hooks import HookDesk, received_now
from router.prepared import answer
from router.web import SILENT, desk_key, read_body
from trunkline.log import get_logger
from trunkline.pbx.hooks.port import HookReply
from trunkline.pbx.hooks.probe import ANSWER
from trunkline.pbx.hooks.request import LONGEST_BODY, LONGEST_HEADER, HookRequest
from trunkline.web.security import Address, Perimeter, peer_of

log = get_logger(__name__)

PATH: Final = "/router/v1/hooks/{provider}/{secret}"

hooks_key = web.AppKey("hooks", HookDesk)
perimeter_key = web.AppKey("hooks_perimeter", Perimeter)


def routes() -> list[web.RouteDef]:
    """The routes of this module: some providers write what they send behind the address they were given."""
    return [
        route
        for path in (PATH, f"{PATH}/{{rest:.*}}")
        for route in (web.get(path, hear, allow_head=False), web.post(path, hear))
    ]


async def hear(request: web.Request) -> web.StreamResponse:
    """`GET` and `POST`."""
    started = time.perf_counter()
    desk = request.app[hooks_key]
    door = desk.door(request.match_info["provider"], request.match_info["secret"])
    if door is None and desk.is_probe(request.match_info["secret"]):
        return web.Response(body=ANSWER, headers=SILENT)
    if door is None:
        return web.Response(status=404, headers=SILENT)
    try:
        body = await _body(request, door)
    except web.HTTPRequestEntityTooLarge:
        request.app[desk_key].journal.refuse(413)
        too_long = web.Response(status=413, headers=SILENT)
        too_long.force_close()
        return too_long
    except Exception as error:  # a slow or cut body: the PBX goes its own way at once
        log.info("hook_body_not_read", pbx=door.pbx.id, reason=type(error).__name__)
        return _told(request, desk.unread(door, _hook(request, b"", _peer(request))))
    peer = _peer(request)
    return _told(request, await desk.answer(door, _hook(request, body, peer), peer, started))


def _told(request: web.Request, reply: HookReply) -> web.StreamResponse:
    headers = {"Content-Type": f"{reply.content_type}; charset=utf-8"}
    if reply.status == 200:
        return answer(request, reply.body, headers)
    return web.Response(body=reply.body, status=reply.status, headers={**SILENT, **headers})


async def _body(request: web.Request, door: Door) -> bytes:
    if (request.content_length or 0) > LONGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LONGEST_BODY, actual_size=request.content_length or 0)
    return await read_body(request, door.pbx.deadline_ms / 1000, LONGEST_BODY)


def _hook(request: web.Request, body: bytes, peer: Address | None) -> HookRequest:
    return HookRequest(
        request.method,
        request.match_info.get("rest", ""),
        request.rel_url.raw_query_string,
        {name.lower(): value[:LONGEST_HEADER] for name, value in request.headers.items()},
        body,
        received_now(),
        str(peer) if peer else "",
    )


def _peer(request: web.Request) -> Address | None:
    perimeter = request.app[perimeter_key]
    return peer_of(request.remote, request.headers, secure=False, perimeter=perimeter).address
