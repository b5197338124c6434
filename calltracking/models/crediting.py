"""The models over what lies in the database: one statement whose rows are credits (docs/decisions/0220).

Whoever reads says what a touch and a conversion are, as two CTEs, and what is to be made of the credits:

    fetch_credited(connection, model, window, touches=…, conversions=…,
                   reading="select what, sum(share) from credits group by what")
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import asyncpg

from calltracking.models.model import Kind, Model
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL: Final = load_queries("calltracking.models")


_STATEMENTS: Final[Mapping[Kind, str]] = {
    Kind.PLACES: "credits_places",
    Kind.EVEN: "credits_even",
    Kind.DECAY: "credits_decay",
    Kind.LAST_KNOWN: "credits_last_known",
}


_WINDOW: Final = "$1::interval"
OWN_WINDOWS: Final = f"least(c.back, {_WINDOW})"
"""For `credited`: each conversion says in `back` how far it looks back, none farther than the window."""
MEMORY: Final = "128MB"
"""What one statement may sort in, instead of in files."""


async def fetch_credited(
    connection: Connection, model: Model, window: timedelta, *, touches: str, conversions: str, reading: str
) -> list[asyncpg.Record]:
    """The reading's rows."""
    statement = credited(model, touches=touches, conversions=conversions, reading=reading)
    async with connection.transaction():
        await connection.execute(f"set local work_mem = '{MEMORY}'")
        return await connection.fetch(statement, *arguments_of(model, window))


def credited(model: Model, *, touches: str, conversions: str, reading: str, back: str = _WINDOW) -> str:
    """The statement for `arguments_of`; its texts are the program's own and nothing that was sent in."""
    given = _SQL[_STATEMENTS[model.kind]].replace(_WINDOW, back)
    return f"with touches as ({touches}),\nconversions as ({conversions}),\n{given}\n{reading}"


def arguments_of(model: Model, window: timedelta) -> tuple[object, ...]:
    """What stands before the reader's own arguments."""
    if model.kind is Kind.PLACES:
        return window, model.first, model.middle, model.last
    return (window,)
