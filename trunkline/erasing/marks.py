"""The mark of a number: what tells it again to whoever holds the installation's key, and nobody else.

A do-not-call entry whose number was erased goes on as such a mark. A country has no more than 10¹⁰ numbers, so that a
hash without a key could be turned back in an hour; the key lies outside the database.
"""

from typing import Final

from trunkline.calls.phone import Number
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.erasing.scrubbing import SQL

_PURPOSE: Final = "erased number"


def mark_of(box: SecretBox, number: str) -> bytes:
    """Sixteen bytes that stand for `number` (E.164)."""
    return box.sign(_PURPOSE, number.encode())


async def keep_refusals(connection: Connection, box: SecretBox, number: Number) -> None:
    """Before its entries go: who was not to be called, or written to, stays refused by his mark."""
    mark = mark_of(box, number)
    await connection.execute(SQL["refuse_calls"], number, mark)
    await connection.execute(SQL["refuse_messages"], number, mark)


async def refused_call(connection: Connection, box: SecretBox, number: str) -> str | None:
    """Why an erased number is not called; None where it is no such number."""
    reason: str | None = await connection.fetchval(SQL["is_refused"], mark_of(box, number), "call")
    return reason


async def refused_message(connection: Connection, box: SecretBox, number: str) -> bool:
    """Whether nobody writes to an erased number."""
    return await connection.fetchval(SQL["is_refused"], mark_of(box, number), "message") is not None


async def allow_again(connection: Connection, box: SecretBox, number: str) -> str | None:
    """Take an erased number off the list; why it was on it, None where it was not."""
    reason: str | None = await connection.fetchval(SQL["drop_refusal"], mark_of(box, number))
    return reason
