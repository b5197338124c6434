"""What the doomed children of test_killed.py do: one whole erasure."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from recordings.erasing import forget_of_calls
from recordings.vault import Vault
from tests.erasing.filling import NUMBER
from trunkline.calls.phone import Number
from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.erasing.erasing import Eraser, erase
from trunkline.people.audit import Actor


async def erase_it(database_url: str, kept: str, data_dir: str) -> None:
    """As the command does it."""
    async with open_pool(database_url, size=2) as pool:
        sounds = partial(forget_of_calls, pool, Vault(Path(kept)))
        eraser = Eraser(pool, None, SecretBox(bytes(range(32))), Path(data_dir), sounds)
        await erase(eraser, Number(NUMBER), Actor(None, "Анна", "test"), datetime.now(UTC))
