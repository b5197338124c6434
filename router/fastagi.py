"""The question over FastAGI, the second way for a dialplan: `AGI(agi://host:4573/route,TOKEN)` (docs/http.md).

Asterisk waits for an AGI server without limit: a dialogue is closed at the PBX's deadline, whoever was slow, and
TRUNKLINE_VALID then is not 1. The decision is kept before the first variable is set.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from router.agi import ASK, commands_of, environment_of, question_of, script_of, token_of, value_of
from router.journal import Answered
from router.web import Desk
from trunkline.directory.values import PbxBrief
from trunkline.log import get_logger
from trunkline.pbx.port import Question
from trunkline.settings import host_and_port

log = get_logger(__name__)

_MOST_OPEN = 1000
_MOST_LINES = 100
_LONGEST_LINE = 8192
_STRANGER_SECONDS = PbxBrief("", "").deadline_ms / 1000
_ROUTE = "route"


class Refused(Exception):
    """Who asked may not, or asked for nothing of ours: the connection is closed without a word."""


class Garbled(Exception):
    """What was sent is no AGI, or the call is gone."""


class FastAgi:
    """Dialogues over AGI with what the HTTP handlers share."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its end."""
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= _MOST_OPEN:
            self._desk.journal.refuse(503)
            writer.close()
            return
        self._open.add(task)
        try:
            await _Dialogue(self._desk, reader, writer).run()
        except TimeoutError:
            log.warning("agi_closed_at_deadline")
        except (ConnectionError, Refused):
            pass
        except Garbled as error:
            log.info("agi_not_understood", reason=str(error))
        except Exception:  # the edge of the task: the call goes to the PBX's fallback, and we learn why
            log.exception("agi_failed")
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def settle(self, seconds: float) -> None:
        """Let open dialogues come to their end."""
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)


class _Dialogue:
    """One question and its answer."""

    def __init__(self, desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._desk = desk
        self._reader = reader
        self._writer = writer
        self._started = time.perf_counter()
        self._from = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Who asks, what, the answer; never past the deadline, which begins with the connection."""
        async with asyncio.timeout_at(self._from + _STRANGER_SECONDS) as limit:
            environment = await self._environment()
            pbxs = self._pbxs(environment)
            limit.reschedule(self._from + pbxs[0].deadline_ms / 1000)
            now = self._desk.clock()
            asked = value_of(await self._say(ASK))
            question = self._desk.pbx_of_line(pbxs, question_of(pbxs[0].id, environment, asked or ""))
            for command in await self._answer(question, now, pbxs[0].deadline_ms):
                if not (await self._say(command)).startswith("200 "):
                    raise Garbled("a variable was not taken")

    async def _answer(self, question: Question, now: float, deadline_ms: int) -> list[str]:
        desk = self._desk
        reply = await desk.answer(question, now, self._started, deadline_ms)
        try:
            commands_of(reply.decision)
        except ValueError:
            log.warning("agi_answer_too_long", call_id=question.call_id)
            reply = desk.switchboard.default(question, "error")
        decision = desk.kept(Answered(question, reply, now, self._started), "agi")
        return commands_of(decision)

    async def _environment(self) -> dict[str, str]:
        lines: list[str] = []
        while line := await self._line():
            lines.append(line)
            if len(lines) > _MOST_LINES:
                raise Garbled("too many lines")
        return environment_of(lines)

    def _pbxs(self, environment: dict[str, str]) -> tuple[PbxBrief, ...]:
        peer = self._writer.get_extra_info("peername")
        pbxs = self._desk.pbxs_with(token_of(environment), peer[0] if peer else None)
        if not pbxs or script_of(environment) != _ROUTE:
            raise Refused
        return pbxs

    async def _say(self, command: str) -> str:
        self._writer.write(command.encode() + b"\n")
        while (line := await self._line()) == "HANGUP":  # comes between replies when the caller hangs up
            pass
        return line

    async def _line(self) -> str:
        try:
            line = await self._reader.readline()
            if not line.endswith(b"\n"):
                raise ConnectionResetError
            return line.rstrip(b"\r\n").decode()
        except ValueError as error:  # a line longer than _LONGEST_LINE, or no text
            raise Garbled(str(error)) from error


@asynccontextmanager
async def listening(desk: Desk, listener: str, *, patience: float) -> AsyncIterator[str]:
    """Serve AGI at `listener` (empty: nowhere); yields why it is not served, empty when it is.

    A port that is taken, perhaps by another AGI server, must not keep the question from answering over HTTP.
    """
    if not listener:
        yield ""
        return
    agi = FastAgi(desk)
    host, port = host_and_port(listener)
    try:
        server = await asyncio.start_server(agi.serve, host, port, limit=_LONGEST_LINE, backlog=1024)
    except OSError as error:
        log.warning("fastagi_not_listening", address=listener, reason=str(error))
        yield f"{listener}: {error.strerror or error}"
        return
    log.info("listening", address=listener)
    try:
        yield ""
    finally:
        server.close()
        await agi.settle(patience)
