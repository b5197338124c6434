"""Delivers comments of calls and recordings: each once, for one that may be there already is looked for first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from crm_sync.answer import Refused
from crm_sync.chat2desk.client import COMMENT, Chat2Desk, Way
from crm_sync.chat2desk.comment import link_text, text_of
from crm_sync.chat2desk.store import ACCOUNT, SQL, find_account
from crm_sync.chat2desk.telling import CALL, RECORD
from crm_sync.chat2desk.wire import find, marked
from crm_sync.choosing import choose
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Verdict,
)
from trunkline.recorded.port import Recorded, SoundGone
from trunkline.web.i18n import Reader, Translations, reading

A_SECOND: Final = 2.0
"""Requests; the plans' own numbers are published nowhere."""
POLICY: Final = KindPolicy(max_attempts=12, time_limit=50.0)
_ALONE: Final = frozenset({400, 404, 422})
"""What is one dialogue's, not the whole account's."""


class Untold(Exception):
    """There is nobody to tell any more, or nothing; where that is usual nobody need be warned."""

    def __init__(self, why: str, *, is_usual: bool = False) -> None:
        super().__init__(why)
        self.is_usual = is_usual


@dataclass(frozen=True, slots=True)
class Speech:
    """In which language comments are, and where pages of ours are."""

    reader: Reader
    translations: Translations
    public_url: str


@dataclass(frozen=True, slots=True)
class _Here:
    way: Way
    client: str


class CommentDeliverer:
    """The company's account."""

    kinds: Mapping[str, KindPolicy] = {CALL: POLICY, RECORD: POLICY}

    def __init__(self, pool: Pool, box: SecretBox, asked: Chat2Desk, recorded: Recorded, speech: Speech) -> None:
        self._pool = pool
        self._box = box
        self._asked = asked
        self._recorded = recorded
        self._speech = speech

    def account(self, _event: Event) -> Account:
        return Account(ACCOUNT, A_SECOND, A_SECOND)

    async def verify(self, event: Event) -> Verdict:
        """A comment is known by its mark."""
        try:
            here = await self._here(event)
            there = find(await self._asked.said(here.way, here.client), event.idem)
        except Untold as untold:
            return Delivered(str(untold)) if untold.is_usual else Delivered(warning=str(untold))
        except Refused as refused:
            return failed(refused)
        except (KeyError, ValueError) as error:
            return not_whole(error)
        return Absent() if there is None else Delivered(str(there.id))

    async def deliver(self, event: Event) -> Outcome:
        """A content that a person has mended may lack something."""
        try:
            here = await self._here(event)
            text = await (self._card(event) if event.kind == CALL else self._link(event))
            return Delivered(await self._asked.say(here.way, here.client, marked(text, event.idem), COMMENT))
        except Untold as untold:
            return Delivered(str(untold)) if untold.is_usual else Delivered(warning=str(untold))
        except Refused as refused:
            return failed(refused)
        except (KeyError, ValueError) as error:
            return not_whole(error)

    async def _here(self, event: Event) -> _Here:
        async with self._pool.acquire() as connection:
            known = await find_account(connection)
            told = UUID(event.payload["call"]), UUID(event.payload["account"])
            client = await connection.fetchval(SQL["client"], *told)
        if known is None or client is None or known.id != told[1]:
            raise Untold("Chat2Desk was removed, or is another account now; nothing was sent")
        if not known.comments or (event.kind == RECORD and not known.links):
            raise Untold("Chat2Desk is not told of that any more; nothing was sent", is_usual=True)
        return _Here(open_way(known.way, self._box), client)

    async def _card(self, event: Event) -> str:
        row = await self._pool.fetchrow(SQL["facts"], UUID(event.payload["call"]))
        if row is None:
            raise Untold("the call is not kept any more; nothing was sent")
        with reading(self._speech.reader, self._speech.translations):
            return text_of(dict(row), self._speech.reader)

    async def _link(self, event: Event) -> str:
        call, recording = UUID(event.payload["call"]), UUID(event.payload["recording"])
        async with self._pool.acquire() as connection, connection.transaction():
            link = await self._address(connection, call, recording)
        with reading(self._speech.reader, self._speech.translations):
            return link_text(link)

    async def _address(self, connection: Connection, call: UUID, recording: UUID) -> str:
        """Where whoever has it hears the recording; the call's page, behind the login, while nobody reaches us."""
        one = choose(await self._recorded.of_call(connection, call))
        if one is None or one.id != recording:
            raise Untold("another recording stands for the call, or it may not be heard any more", is_usual=True)
        try:
            link = await self._recorded.link(connection, recording, "Chat2Desk", datetime.now(UTC))
        except SoundGone:
            raise Untold("the link to the recording was taken back; nothing was sent") from None
        return link or f"{self._speech.public_url}/calls/{call}"


def open_way(way: Callable[[SecretBox], Way], box: SecretBox) -> Way:
    """By what it is reached; raises bots' Refused where the installation has another key now."""
    try:
        return way(box)
    except WrongKey:
        words = "Chat2Desk's token cannot be opened with this installation's key: connect it again"
        raise Refused("open", Fault(words, Sent.NO, code="auth_failed")) from None


def failed(refused: Refused) -> Failed:
    """A client who is gone there holds nothing else."""
    fault = refused.fault
    if fault.status in _ALONE and fault.refusal is Refusal.NEVER:
        fault = replace(fault, status=None)
    return Failed(fault, request=refused.method, answer=refused.said)


def not_whole(error: Exception) -> Failed:
    """A content that a person has mended lacks something."""
    return Failed(Fault(f"what is to be sent is not whole: {error}", Sent.NO, refusal=Refusal.NEVER))
