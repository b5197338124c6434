"""Rows of PBXs: a new token is good at once, the one before it until the next."""

import asyncpg
import pytest

from trunkline.crypto import SecretBox, token_hash
from trunkline.errors import NotFound
from trunkline.pbx.store import add_token, save_pbx


async def test_two_tokens_live(pool: asyncpg.Pool) -> None:
    await save_pbx(pool, SecretBox(bytes(32)), pbx="office", name="Office", kind="asterisk", settings={})

    first, second, third = [await add_token(pool, "office") for _ in range(3)]

    kept = await pool.fetchval("select token_hashes from pbxs where id = 'office'")
    assert kept == [token_hash(third), token_hash(second)]
    assert first not in (second, third)


async def test_no_such_pbx(pool: asyncpg.Pool) -> None:
    with pytest.raises(NotFound, match="no PBX named attic"):
        await add_token(pool, "attic")
