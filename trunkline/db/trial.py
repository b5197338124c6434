"""A transaction that may only try: what an import would do is told by doing it and taking it back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from trunkline.db.types import Connection


@asynccontextmanager
async def transaction_unless(connection: Connection, *, dry_run: bool) -> AsyncIterator[None]:
    """A transaction that is rolled back at its end with `dry_run`, as after any error."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.rollback() if dry_run else transaction.commit())
