"""The card that amoCRM opens before whom a call rings at, each once: what may have been shown is not shown again."""

from dataclasses import dataclass
from uuid import UUID

from crm_sync.amocrm.account import Accounts, Refused
from crm_sync.amocrm.store import SQL
from crm_sync.connector import Connector
from trunkline.outbox.classify import ErrorClass, classify


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards in every account."""

    accounts: Accounts

    async def show(self, known: Connector, call: UUID) -> int:
        """Before whom it was opened now, how many; raises Refused.

        It is noted before it is asked for: a second card of one call does more harm than a missing one.
        """
        pool = self.accounts.reach.pool
        row = await pool.fetchrow(SQL["card"], known.id, call)
        if row is None or not row["users"]:
            return 0
        await pool.execute(SQL["card_shown"], known.id, call, [*row["shown"], *row["users"]])
        try:
            await self.accounts.announce(known, row["phone"], row["users"])
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.UNKNOWN:
                await pool.execute(SQL["card_shown"], known.id, call, row["shown"])
            raise
        return len(row["users"])
