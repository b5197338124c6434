"""Rows of PBXs: a new token is good at once, the one before it until the next."""

import asyncpg
import pytest

from trunkline.crypto import SecretBox, token_hash
from trunkline.errors import NotFound
from trunkline.pbx.store import add_token, find_pbx, save_link, save_pbx


async def test_two_tokens_live(pool: asyncpg.Pool) -> None:
    await save_pbx(pool, SecretBox(bytes(32)), pbx="office", name="Office", kind="asterisk", settings={})

    first, second, third = [await add_token(pool, "office") for _ in range(3)]

    kept = await pool.fetchval("select token_hashes from pbxs where id = 'office'")
    assert kept == [token_hash(third), token_hash(second)]
    assert first not in (second, third)


async def test_no_such_pbx(pool: asyncpg.Pool) -> None:
    with pytest.raises(NotFound, match="no PBX named attic"):
        await add_token(pool, "attic")


@pytest.mark.parametrize(
    ("key", "secrets", "expected"),
    [
        (bytes(32), {"secret": "new"}, {"secret": "new", "members_secret": "m"}),
        (bytes(32), {}, {"secret": "old", "members_secret": "m"}),
        (b"\x01" * 32, {"secret": "new"}, {"secret": "new"}),
    ],
)
async def test_a_changed_link_keeps_what_it_does_not_name(
    pool: asyncpg.Pool, key: bytes, secrets: dict[str, str], expected: dict[str, str]
) -> None:
    old, box = SecretBox(bytes(32)), SecretBox(key)
    settings = {"host": "a", "port": 5038, "members_username": "members"}
    given = {"secret": "old", "members_secret": "m"}
    await save_pbx(pool, old, pbx="office", name="Office", kind="asterisk", settings=settings, secrets=given)
    known = await find_pbx(pool, "office")
    link = {"host": "b", "port": 5039}
    await save_link(pool, box, known, pbx="office", name="Office", kind="asterisk", link=link, secrets=secrets)
    row = await find_pbx(pool, "office")
    assert row is not None
    assert row.settings == {"host": "b", "port": 5039, "members_username": "members"}
    assert row.opened(box) == expected


async def test_a_row_of_another_kind_lends_nothing(pool: asyncpg.Pool) -> None:
    box = SecretBox(bytes(32))
    await save_pbx(pool, box, pbx="office", name="x", kind="other", settings={"url": "u"}, secrets={"token": "t"})
    known = await find_pbx(pool, "office")
    link, secrets = {"host": "b"}, {"secret": "s"}
    await save_link(pool, box, known, pbx="office", name="x", kind="asterisk", link=link, secrets=secrets)
    row = await find_pbx(pool, "office")
    assert row is not None
    assert (row.settings, row.opened(box)) == (link, secrets)
