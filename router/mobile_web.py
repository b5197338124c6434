"""Where a mobile employee is rung: `GET /router/v1/asterisk/mobile`, asked by the dialplan for his extension.

The number is the directory's: neither a form nor a channel says it. By which trunk, and what his mobile shows, is
chosen as for any outgoing call, and not remembered of it: he is no client.
"""

import time
from collections.abc import Callable
from typing import Final

from aiohttp import web

from router.dialplan import escaped
from router.outgoing import Exchange
from router.web import TEXT, desk_key, refusal
from router.wire import LONGEST_ID, LONGEST_WORD, word
from trunkline.callerid.choose import Choice, Outward
from trunkline.callerid.record import OutgoingQuestion
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head
from trunkline.log import get_logger
from trunkline.pbx.seats import WorksOn

log = get_logger(__name__)

NOBODY: Final = ("", Choice(Outward.END, "nobody"))
"""No active person of this extension works on a number outside."""


class MobileDesk:
    """Whose mobile is his telephone, and how it is called."""

    def __init__(self, directory: Directory, exchange: Exchange, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._exchange = exchange
        self._clock = clock
        self._head: Head | None = None
        self._mobiles: dict[str, str] = {}

    def find(self, pbx: str, extension: str, line: str, call_id: str) -> tuple[str, Choice]:
        """The number of the mobile employee of `extension`, and how to call it, showing `line` where one is named."""
        mobile = self._mobile(extension)
        if mobile is None:
            return NOBODY
        question = OutgoingQuestion(pbx, call_id, extension, mobile, line=line)
        choice, _ = self._exchange.consider(question, self._clock())
        return mobile, choice

    def _mobile(self, extension: str) -> str | None:
        head = self._directory.head
        if head is not self._head:
            self._mobiles = {
                agent.extension: agent.mobile
                for agent in head.agents.values()
                if agent.works_on == WorksOn.FORWARDED and agent.extension and agent.mobile
            }
            self._head = head
        return self._mobiles.get(extension)


mobile_key = web.AppKey("mobile_desk", MobileDesk)


def routes() -> list[web.RouteDef]:
    """The route of mobile employees."""
    return [web.get("/router/v1/asterisk/mobile", asterisk_mobile, allow_head=False)]


async def asterisk_mobile(request: web.Request) -> web.Response:
    """`GET ?extension=&line=&id=`: `valid=1&action=dial&callerid=…&trunk=…&number=…&mobile=…&why=…`.

    `pass`: nothing of ours can be shown, and the PBX calls `mobile` its own way; `end` without a `mobile`: nobody.
    """
    pbxs = request.app[desk_key].pbxs_of(request)
    if not pbxs:
        return refusal()
    query = dict(request.query.items())  # of a doubled field the last
    extension, line = (word(query.get(name), LONGEST_WORD) for name in ("extension", "line"))
    call_id = word(query.get("id"), LONGEST_ID)
    try:
        mobile, choice = request.app[mobile_key].find(pbxs[0].id, extension, line, call_id)
    except Exception:
        log.exception("mobile_failed", call_id=call_id)
        mobile, choice = "", Choice(Outward.END, "error")
    log.info("mobile_asked", pbx=pbxs[0].id, call_id=call_id, extension=extension, rule=choice.rule)
    answer = (
        f"valid=1&action={choice.action.value}&callerid={escaped(choice.caller_id)}&trunk={escaped(choice.trunk)}"
        f"&number={escaped(choice.number)}&mobile={escaped(mobile)}&why={choice.rule}"
    )
    return web.Response(body=answer.encode(), headers=TEXT)
