"""Carries letters: finds the browsers of an extension, writes in the words of each, posts, and forgets who is gone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import aiohttp

from softphone_card.push.letter import Letter
from softphone_card.push.post import Posted, post
from softphone_card.push.sealing import Signer
from softphone_card.push.store import Target, forget, load_key, targets_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.log import get_logger
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.web.metrics import CARD_PUSHES
from trunkline.webhooks.address import AddressRules

Writer = Callable[[str], Letter]
"""Writes a letter, given the name of the contact who calls; empty where it may not or cannot be told."""

_BROKEN: Final = 5
"""Refusals and failures in a row after which the log tells it."""

_log = get_logger(__name__)


class Mailman:
    """One a process; its key is read, or made, when it is first needed."""

    def __init__(
        self,
        pool: Pool,
        box: SecretBox,
        directory: Directory,
        translations: Translations,
        *,
        subject: str,
        rules: AddressRules,
        session: aiohttp.ClientSession,
    ) -> None:
        self._pool = pool
        self._box = box
        self._directory = directory
        self._translations = translations
        self._subject = subject
        self._rules = rules
        self._session = session
        self._signer: Signer | None = None
        self._unhappy = 0

    async def signer(self) -> Signer:
        """Who we are to push services; raises WrongKey."""
        if self._signer is None:
            key = await load_key(self._pool, self._box)
            self._signer = Signer(key, self._subject, lambda: datetime.now(UTC).timestamp())
        return self._signer

    async def targets(self, extension: str) -> Sequence[Target]:
        """Browsers of whoever has the extension."""
        return await targets_of(self._pool, extension, datetime.now(UTC))

    async def deliver(self, targets: Sequence[Target], number: str, write: Writer) -> None:
        """The letter about `number`, to each in his language; none waits for another."""
        signer = await self.signer()
        await asyncio.gather(*(self._deliver(signer, target, number, write) for target in targets))

    async def _deliver(self, signer: Signer, target: Target, number: str, write: Writer) -> None:
        with reading(replace(Reader(), language=target.language), self._translations):
            letter = write(self._contact(number) if target.knows_contacts else "")
        posted = await post(self._session, self._rules, signer, target, letter)
        CARD_PUSHES.labels(posted.value).inc()
        if posted is Posted.GONE:
            await forget(self._pool, target.id)
        self._note(posted)

    def _contact(self, number: str) -> str:
        """Whose number it is, where it is one contact's."""
        contacts = self._directory.contacts(number) if number.startswith("+") else ()
        return contacts[0].name or contacts[0].company if len(contacts) == 1 else ""

    def _note(self, posted: Posted) -> None:
        if posted in {Posted.TAKEN, Posted.GONE}:
            self._unhappy = 0
            return
        self._unhappy += 1
        if self._unhappy == _BROKEN:
            _log.warning("card_pushes_fail", outcome=posted.value, in_a_row=self._unhappy)
