"""What a line plays to whom it calls: `GET /router/v1/asterisk/notice`, for a PBX that chooses the line itself.

FreePBX does so by its Outbound Routes, and asks once it has chosen (docs/pbx/freepbx.md).
"""

from aiohttp import web

from router.dialplan import notice_fields
from router.outgoing_web import outgoing_key
from router.web import TEXT, desk_key, refusal
from router.wire import LONGEST_ID, LONGEST_WORD, word
from trunkline.log import get_logger

log = get_logger(__name__)


def routes() -> list[web.RouteDef]:
    """The route of notices alone."""
    return [web.get("/router/v1/asterisk/notice", asterisk_notice, allow_head=False)]


async def asterisk_notice(request: web.Request) -> web.Response:
    """`GET ?line=&id=`: `valid=1&notice=…&notice_when=…&notice_digit=…&notice_told=…`; `valid=1` where it plays none.

    `line` is the number shown, in any spelling.
    """
    pbxs = request.app[desk_key].pbxs_of(request)
    if not pbxs:
        return refusal()
    query = dict(request.query.items())  # of a doubled field the last
    call_id = word(query.get("id"), LONGEST_ID)
    given = request.app[outgoing_key].exchange.notice_of(word(query.get("line"), LONGEST_WORD))
    log.info("notice_asked", pbx=pbxs[0].id, call_id=call_id, plays=given is not None)
    return web.Response(body=f"valid=1{notice_fields(given)}".encode(), headers=TEXT)
