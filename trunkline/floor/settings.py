"""What the company set for the floor: within how many seconds a call should be answered."""

from typing import Final

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.missed.rules import read_rules
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.floor")
MOST_SECONDS: Final = 600


async def answer_seconds(connection: Connection) -> int:
    """Within how many seconds a call should be answered."""
    return (await read_rules(connection)).answer_seconds


async def set_answer_seconds(connection: Connection, seconds: int) -> None:
    """Keep it."""
    await connection.execute(_SQL["set_answer_seconds"], seconds)


def read_seconds(text: str) -> int:
    """What a form says; raises InvalidInput."""
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_SECONDS):
        wanted = _("must be a number of seconds from 1 to %(most)s") % {"most": MOST_SECONDS}
        raise InvalidInput(Mistake("answer_seconds", wanted))
    return int(text)
