"""What came to the address of a hosted PBX, kept in the spool before it is answered: each beside its decision.

What a full spool does not take is answered as any other, and counted: no provider of ours documents that it would send
again after another status, and one sends no more at all then (decision 0761).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from router.hook_doors import Door
from router.journal import Answered
from router.web import Desk
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.pbx.hooks.hiding import without_secrets
from trunkline.pbx.hooks.port import HookReply, Verdict
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.pbx.hooks.request import LONGEST_BODY, HookRequest
from trunkline.spool import Kind, SpoolWriter

log = get_logger(__name__)

_REFUSED_BYTES: Final = 4096
_ANSWER_LETTERS: Final = 1000
_PEACEFUL: Final = frozenset({Verdict.FITS, Verdict.GREETING})
_UNKEPT: Final = (SpoolFull, OSError, ValueError)


class Judged(NamedTuple):
    """A request with its verdict and what is to go back; `answered` is the decision it asked for."""

    door: Door
    request: HookRequest
    verdict: Verdict
    reply: HookReply
    answered: Answered | None = None


class HookKeeper:
    """Keeps hooks; says once when the spool takes no more, and again when it took one meanwhile."""

    def __init__(self, desk: Desk, spool: SpoolWriter) -> None:
        self._desk = desk
        self._spool = spool
        self._was_full = False

    def keep(self, judged: Sequence[Judged]) -> None:
        """Accept them all by one write; where it fails, or one cannot be packed, each by itself."""
        for one in judged:
            self._desk.journal.heard_hook(one.door.provider.name, str(one.verdict))
        if len(judged) == 1 or not self._keep_together(judged):
            for one in judged:
                self._keep(one)

    def _keep_together(self, judged: Sequence[Judged]) -> bool:
        """Whether all of it lies in the spool."""
        try:
            now = self._desk.clock()
            hooks = [(Kind.HOOK, pack_hook(record_of(one)), now) for one in judged]
        except ValueError:
            return False
        answered = [one.answered for one in judged if one.answered is not None]
        are_kept = self._desk.kept_together(answered, "hook", hooks)
        self._was_full = self._was_full and not are_kept
        return are_kept

    def _keep(self, judged: Judged) -> None:
        """In one write with the decision it asked for; where that cannot be kept, by itself."""
        try:
            hook, answered = pack_hook(record_of(judged)), judged.answered
            if answered is not None:
                told = self._desk.kept(answered, "hook", ((Kind.HOOK, hook, answered.now),))
                if told is answered.reply.decision:
                    self._was_full = False
                    return
            self._spool.append(Kind.HOOK, hook)
            self._was_full = False
        except _UNKEPT as error:
            self._desk.journal.lost_hook(judged.door.provider.name)
            self._note_full(judged.door, error)

    def _note_full(self, door: Door, error: Exception) -> None:
        if not self._was_full:
            log.error("hooks_not_kept", pbx=door.pbx.id, reason=str(error))
        self._was_full = True


def record_of(judged: Judged) -> HookRecord:
    """What is kept of it. What was refused is kept too, shortened: who connects a PBX has to see what came."""
    door, request, verdict, reply, _ = judged
    most = LONGEST_BODY if verdict in _PEACEFUL else _REFUSED_BYTES
    # Twice what is kept: of a secret that is cut no half stays.
    body = without_secrets(request.body[: 2 * most], door.hidden, door.carried)[:most]
    query = request.query and without_secrets(request.query.encode(errors="replace"), door.hidden, door.carried).decode(
        errors="replace"
    )
    return HookRecord(
        door.pbx.id,
        door.provider.name,
        request.received,
        printable(request.content_type[:200]),
        request.method,
        printable(request.path[:500]),
        query,
        body,
        str(verdict),
        dict(door.account.settings),
        reply.body[:_ANSWER_LETTERS].decode(errors="replace"),
        request.peer,
    )


def printable(text: str) -> str:
    """`text` as it can be kept: a byte of a header that is no UTF-8 has no letter."""
    return text if text.isascii() else text.encode(errors="replace").decode()
