"""Feature codes: `GET /router/v1/asterisk/presence`, by which an agent's telephone says whether he can take calls.

The promises are the question's: never 5xx, answered from memory. What is confirmed is in the spool already; the
worker makes it the agent's word. Who he is follows from the PBX's endpoint: a caller ID can be forged.
"""

import time
from collections.abc import Callable
from enum import StrEnum

import msgspec
from aiohttp import web

from router.dialplan import escaped
from router.web import TEXT, desk_key, refusal
from router.wire import LONGEST_ID, LONGEST_WORD, word
from trunkline.directory.reader import Directory
from trunkline.directory.values import AgentBrief, Head
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.presence.record import PresenceRecord
from trunkline.presence.state import ManualState
from trunkline.spool import Kind, SpoolWriter

log = get_logger(__name__)

_ENCODER = msgspec.msgpack.Encoder()
_STATES = {state.value: state for state in ManualState}


class Refused(StrEnum):
    """Why a code changed nothing."""

    ENDPOINT = "endpoint"  # no active person has this extension
    STATE = "state"  # none of the three
    SPOOL = "spool"  # it could not be kept


class PresenceDesk:
    """Who is behind a telephone, and where what he says is kept."""

    def __init__(self, directory: Directory, spool: SpoolWriter, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._spool = spool
        self._clock = clock
        self._head: Head | None = None
        self._agents: dict[str, AgentBrief] = {}

    def say(self, pbx: str, endpoint: str, state: str, call_id: str) -> ManualState | Refused:
        """Accept what the agent at `endpoint` says; the state where it is accepted."""
        said, agent = _STATES.get(state), self._agent(endpoint)
        if said is None or agent is None:
            return Refused.STATE if said is None else Refused.ENDPOINT
        now = self._clock()
        kept = PresenceRecord(now, pbx, call_id, endpoint, agent.id, said)
        try:
            self._spool.append(Kind.PRESENCE, _ENCODER.encode(kept), now)
        except (SpoolFull, OSError, ValueError) as error:
            log.warning("presence_not_kept", reason=str(error))
            return Refused.SPOOL
        return said

    def _agent(self, endpoint: str) -> AgentBrief | None:
        head = self._directory.head
        if head is not self._head:
            self._agents = {agent.extension: agent for agent in head.agents.values() if agent.extension}
            self._head = head
        return self._agents.get(endpoint)


presence_key = web.AppKey("presence_desk", PresenceDesk)


def routes() -> list[web.RouteDef]:
    """The route of feature codes."""
    return [web.get("/router/v1/asterisk/presence", asterisk_presence, allow_head=False)]


async def asterisk_presence(request: web.Request) -> web.Response:
    """`GET ?endpoint=&state=&id=`: `valid=1&state=break&why=`, or the state empty and why nothing changed."""
    pbxs = request.app[desk_key].pbxs_of(request)
    if not pbxs:
        return refusal()
    query = dict(request.query.items())  # of a doubled field the last
    endpoint = word(query.get("endpoint"), LONGEST_WORD)
    call_id = word(query.get("id"), LONGEST_ID)
    told = request.app[presence_key].say(pbxs[0].id, endpoint, query.get("state", ""), call_id)
    state, why = (told.value, "") if isinstance(told, ManualState) else ("", told.value)
    log.info("presence_said", pbx=pbxs[0].id, endpoint=endpoint, call_id=call_id, state=state, why=why)
    return web.Response(body=f"valid=1&state={escaped(state)}&why={why}".encode(), headers=TEXT)
