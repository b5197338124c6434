"""The question's HTTP: `POST /router/v1/route` for any PBX, `GET /router/v1/asterisk` for the dialplan.

To a PBX: never 5xx, never later than its deadline. Only 401, 403 and 413 differ from 200 (docs/http.md).
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web

from router.access import Access
from router.dialplan import encode_line
from router.facts import line_number
from router.journal import Answered, Journal
from router.offers import Offers
from router.prepared import answer
from router.switchboard import Reply, Switchboard
from router.wire import encode_answer, new_call_id, question_of_body, question_of_debris, question_of_query
from trunkline.directory.values import PbxBrief
from trunkline.log import get_logger
from trunkline.notjson import NOT_JSON
from trunkline.pbx.port import Decision, Question
from trunkline.spool import Kind
from trunkline.web.security import Perimeter

log = get_logger(__name__)

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
SILENT = {"Server": "-"}


class Desk:
    """What the handlers share: who may ask, who decides, what is kept."""

    def __init__(
        self,
        switchboard: Switchboard,
        journal: Journal,
        perimeter: Perimeter,
        *,
        offers: Offers | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.offers = offers or Offers(switchboard, None)
        self.switchboard = switchboard
        self.journal = journal
        self.clock = clock
        self._perimeter = perimeter
        self.access = Access(switchboard.directory.head, perimeter)

    def refresh(self) -> None:
        """Take over a newer directory, its plan and its PBXs."""
        self.switchboard.refresh()
        head = self.switchboard.directory.head
        if head is not self.access.head:
            self.access = Access(head, self._perimeter)

    def pbxs_of(self, request: web.Request) -> tuple[PbxBrief, ...]:
        """The PBXs this request may come from; none counts as a refusal."""
        return self._noted(self.access.pbxs_from(request.headers, request.remote))

    def pbxs_with(self, token: str | None, remote: str | None) -> tuple[PbxBrief, ...]:
        """The same for who connects to FastAGI from the address `remote`."""
        return self._noted(self.access.pbxs_with(token, remote))

    def _noted(self, pbxs: tuple[PbxBrief, ...]) -> tuple[PbxBrief, ...]:
        if not pbxs:
            self.journal.refuse(401)
        return pbxs

    async def answer(self, question: Question, now: float, started: float, deadline_ms: int) -> Reply:
        """The reply, in time for a PBX that waits `deadline_ms` from `started` (time.perf_counter)."""
        reply, rings = self.offers.decide(question, now)
        return await self.reserved(question, reply, now, started, deadline_ms) if rings else reply

    def decide(self, pbxs: tuple[PbxBrief, ...], body: bytes, now: float) -> tuple[Question, Reply, bool]:
        """The question in `body`, the reply, and whether its telephones have to be `reserved` before it may go out."""
        try:
            question = question_of_body(pbxs[0].id, body)
        except NOT_JSON as error:
            question = self.pbx_of_line(pbxs, question_of_debris(pbxs[0].id, body))
            log.info("body_not_a_question", call_id=question.call_id, reason=str(error))
            return question, self.switchboard.default(question, "body"), False
        question = self.pbx_of_line(pbxs, question)
        return question, *self.offers.decide(question, now)

    async def reserved(self, question: Question, reply: Reply, now: float, started: float, deadline_ms: int) -> Reply:
        """The reply whose telephones ring for no other call, in time for a PBX that waits `deadline_ms`."""
        left = deadline_ms / 1000 - (time.perf_counter() - started)
        return await self.offers.reserved(question, reply, now, left / 2)

    def kept(self, answered: Answered, form: str, beside: Sequence[tuple[Kind, bytes, float]] = ()) -> Decision:
        """The decision as it may be answered in this form; `beside` it lies in the spool what told of it."""
        return self.journal.keep(answered, form, self.switchboard.plan_version, beside)

    def kept_together(
        self, answered: Sequence[Answered], form: str, beside: Sequence[tuple[Kind, bytes, float]]
    ) -> bool:
        """Whether these decisions and what lies `beside` them were kept, all by one write; else nothing of it was."""
        return self.journal.keep_together(answered, form, self.switchboard.plan_version, beside)

    def told(self, answered: Sequence[Answered]) -> list[bytes]:
        """The JSON of each reply; all of them are kept."""
        decisions = self.journal.keep_all(answered, "json", self.switchboard.plan_version)
        return [
            encode_answer(one.question.call_id, decision) for one, decision in zip(answered, decisions, strict=True)
        ]

    def pbx_of_line(self, pbxs: tuple[PbxBrief, ...], question: Question) -> Question:
        """Of several PBXs behind one address the one the line belongs to, else the first."""
        if len(pbxs) > 1:
            line = self.switchboard.directory.line(line_number(question.to))
            if line is not None and line.pbx != question.pbx and any(pbx.id == line.pbx for pbx in pbxs):
                return msgspec.structs.replace(question, pbx=line.pbx)
        return question


desk_key = web.AppKey("desk", Desk)


async def route(request: web.Request) -> web.StreamResponse:
    """`POST /router/v1/route`: one turn as JSON."""
    started = time.perf_counter()
    desk = request.app[desk_key]
    pbxs = desk.pbxs_of(request)
    if not pbxs:
        return refusal()
    now = desk.clock()
    try:
        body = await read_body(request, pbxs[0].deadline_ms / 1000)
    except web.HTTPRequestEntityTooLarge:
        desk.journal.refuse(413)
        return web.Response(status=413, headers=SILENT)
    except Exception as error:  # a slow, cut or wrongly compressed body: the PBX still needs an answer
        question = Question(pbxs[0].id, new_call_id())
        log.info("body_not_read", call_id=question.call_id, reason=type(error).__name__)
        reply = desk.switchboard.default(question, "deadline" if isinstance(error, TimeoutError) else "body")
    else:
        question, reply, rings = desk.decide(pbxs, body, now)
        if rings:
            reply = await desk.reserved(question, reply, now, started, pbxs[0].deadline_ms)
    return answer(request, desk.told((Answered(question, reply, now, started),))[0], JSON)


async def asterisk(request: web.Request) -> web.StreamResponse:
    """`GET /router/v1/asterisk`: one turn as a line for `HASH()`."""
    started = time.perf_counter()
    desk = request.app[desk_key]
    pbxs = desk.pbxs_of(request)
    if not pbxs:
        return refusal()
    now = desk.clock()
    # The last of doubled fields: a caller ID pasted unescaped stands in front of what the dialplan itself sends.
    question = desk.pbx_of_line(pbxs, question_of_query(pbxs[0].id, dict(request.query.items())))
    reply = await desk.answer(question, now, started, pbxs[0].deadline_ms)
    decision = desk.kept(Answered(question, reply, now, started), "dialplan")
    return answer(request, encode_line(decision).encode(), TEXT)


async def nothing(request: web.Request) -> web.Response:
    """Any other path: 404 for those who may ask, 401 for all others."""
    return web.Response(status=404, headers=SILENT) if request.app[desk_key].pbxs_of(request) else refusal()


def routes() -> list[web.RouteDef]:
    """The question's routes, in the order they are tried."""
    return [
        web.post("/router/v1/route", route),
        web.get("/router/v1/asterisk", asterisk, allow_head=False),
        web.route("*", "/{path:.*}", nothing),
    ]


async def read_body(request: web.Request, seconds: float, longest: int | None = None) -> bytes:
    """The body, at most `seconds` after its head; nearly always it is here already and needs no waiting."""
    longest = longest or request.client_max_size
    if request.content.is_eof():
        body = request.content.read_nowait()
        if len(body) > longest:
            raise web.HTTPRequestEntityTooLarge(max_size=longest, actual_size=len(body))
        return body
    async with asyncio.timeout(seconds):
        return await request.clone(client_max_size=longest).read()


def refusal() -> web.Response:
    """Nothing for who is not known."""
    return web.Response(status=401, headers=SILENT)
