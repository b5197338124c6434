"""Outgoing calls over HTTP: `POST /router/v1/outgoing` and `GET /router/v1/asterisk/outgoing`.

The promises are the question's: never 5xx, never later than the PBX's deadline; on any fault the call is left as it is.
"""

import time
from collections.abc import Callable

import msgspec
from aiohttp import web

from router.outgoing import Exchange, OutgoingReply
from router.outgoing_wire import encode_outgoing, encode_outgoing_line, outgoing_of_body, outgoing_of_query
from router.web import JSON, SILENT, TEXT, desk_key, read_body, refusal
from router.wire import new_call_id
from trunkline.callerid.record import OutgoingQuestion, OutgoingRecord
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.spool import Kind, SpoolWriter
from trunkline.web.metrics import OUTGOING_CHOICES

log = get_logger(__name__)

_ENCODER = msgspec.msgpack.Encoder()


class OutgoingDesk:
    """Who chooses, and where choices are kept."""

    def __init__(self, exchange: Exchange, spool: SpoolWriter, *, clock: Callable[[], float] = time.time) -> None:
        self.exchange = exchange
        self.clock = clock
        self._spool = spool

    def keep(self, question: OutgoingQuestion, reply: OutgoingReply, now: float, started: float) -> OutgoingReply:
        """Accept the choice; returns it as it may be answered, degraded by `spool` where it could not be kept."""
        micros = int((time.perf_counter() - started) * 1e6)
        record = OutgoingRecord(now, reply.turn, question, reply.choice, reply.facts, reply.degraded, micros)
        try:
            self._spool.append(Kind.OUTGOING, _ENCODER.encode(record), now)
        except (SpoolFull, OSError, ValueError) as error:
            log.warning("choice_not_kept", reason=str(error))
            reply = reply._replace(degraded=(*reply.degraded, "spool"))
        choice = reply.choice
        OUTGOING_CHOICES.labels(choice.action.value, choice.rule).inc()
        log.info(
            "outgoing_chosen",
            call_id=question.call_id,
            pbx=question.pbx,
            turn=reply.turn,
            action=choice.action.value,
            rule=choice.rule,
            trunk=choice.trunk,
            degraded=",".join(reply.degraded),
        )
        return reply


outgoing_key = web.AppKey("outgoing_desk", OutgoingDesk)


def routes() -> list[web.RouteDef]:
    """The routes of outgoing calls."""
    return [
        web.post("/router/v1/outgoing", outgoing),
        web.get("/router/v1/asterisk/outgoing", asterisk_outgoing, allow_head=False),
    ]


async def outgoing(request: web.Request) -> web.Response:
    """`POST /router/v1/outgoing`: the choice as JSON."""
    started = time.perf_counter()
    desk, here = request.app[desk_key], request.app[outgoing_key]
    pbxs = desk.pbxs_of(request)
    if not pbxs:
        return refusal()
    now = here.clock()
    try:
        question = outgoing_of_body(pbxs[0].id, await read_body(request, pbxs[0].deadline_ms / 1000))
    except web.HTTPRequestEntityTooLarge:
        desk.journal.refuse(413)
        return web.Response(status=413, headers=SILENT)
    except Exception as error:  # a slow, cut or wrong body: the PBX still needs an answer
        log.info("body_not_read", reason=type(error).__name__)
        question = OutgoingQuestion(pbxs[0].id, new_call_id())
        reply = here.exchange.untouched(question, "deadline" if isinstance(error, TimeoutError) else "body")
    else:
        reply = here.exchange.answer(question, now)
    reply = here.keep(question, reply, now, started)
    return web.Response(body=encode_outgoing(question.call_id, reply), headers=JSON)


async def asterisk_outgoing(request: web.Request) -> web.Response:
    """`GET /router/v1/asterisk/outgoing`: the choice as a line for `HASH()`."""
    started = time.perf_counter()
    desk, here = request.app[desk_key], request.app[outgoing_key]
    pbxs = desk.pbxs_of(request)
    if not pbxs:
        return refusal()
    now = here.clock()
    question = outgoing_of_query(pbxs[0].id, dict(request.query.items()))
    reply = here.keep(question, here.exchange.answer(question, now), now, started)
    return web.Response(body=encode_outgoing_line(reply).encode(), headers=TEXT)
