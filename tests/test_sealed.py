"""Doctor names the secrets that this key does not open; no sealed column is forgotten."""

import re
from pathlib import Path

from trunkline.crypto import SecretBox
from trunkline.db.schema import kept_schema
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.doctor import Finding, examine
from trunkline.pbx.store import save_pbx
from trunkline.settings import load

OURS, OTHER = bytes(range(32)), bytes(32)
_NOT_SEALED = {
    *(
        "secret_hash",
        "token_hash",
        "token_hashes",
        "file_hash",
        "code_hash",
        "state_hash",
        "payload",
        "step_id",
        "content",
        "fingerprint",
        "body",
    ),
    *("sha256", "peaks", "pieces"),  # of recordings
    "shown",  # of bots' cards: a hash of what they say
    *("digest", "made_for"),  # of letters; of the address a subscription sends to
    "mark",  # of an erased number: by it he is known again, and nothing is read
    *("key", "p256dh", "auth"),  # of import_maps; public parts of push subscriptions
}


async def examined(database_url: str, folder: Path, **more: str) -> dict[str, Finding]:
    environment = {
        "TRUNKLINE_DATA_DIR": str(folder),
        "TRUNKLINE_DATABASE_URL": database_url,
        "TRUNKLINE_REDIS_URL": "redis://127.0.0.1:1",
        **more,
    }
    return {found.name: found for found in await examine(load(None, environment))}


async def test_the_doctor_names_what_another_key_sealed(pool: Pool, database_url: str, tmp_path: Path) -> None:
    for pbx, key in (("office", OTHER), ("shop", OURS), *((f"branch-{n}", OTHER) for n in "123")):
        secrets = {"secret": "s"}
        await save_pbx(pool, SecretBox(key), pbx=pbx, name=pbx, kind="asterisk", settings={}, secrets=secrets)
    await save_pbx(pool, SecretBox(OURS), pbx="bare", name="bare", kind="asterisk", settings={})
    await pool.execute(
        "insert into webhook_endpoints (id, name, url, secret) values (gen_random_uuid(), 'ours', 'https://a.b/', $1)",
        SecretBox(OTHER).seal(b"s"),
    )

    ours = {"TRUNKLINE_SECRETS_KEY": OURS.hex()}
    told = (await examined(database_url, tmp_path, **ours))["secrets"]
    without = (await examined(database_url, tmp_path))["secrets"]
    await pool.execute("delete from pbxs where id not in ('shop', 'bare')")
    await pool.execute("delete from webhook_endpoints")
    well = (await examined(database_url, tmp_path, **ours))["secrets"]

    assert (told.well, told.message) == (
        False,
        "this key does not open: PBX branch-1, branch-2, branch-3 and 1 more; webhook ours",
    )
    assert "bring back the key" in told.remedy
    assert (without.well, "2 more" in without.message) == (False, True)
    assert list(tmp_path.iterdir()) == []
    assert (well.well, well.message) == (True, "this key opens all 1")


def test_every_sealed_column_is_looked_at() -> None:
    asked = load_queries("trunkline")["sealed_secrets"]
    tables = dict(re.findall(r"^CREATE TABLE public\.(\w+) \((.*?)^\)", kept_schema(), re.MULTILINE | re.DOTALL))
    sealed = {
        table: columns
        for table, body in tables.items()
        if (columns := set(re.findall(r"^ {4}(\w+) bytea", body, re.MULTILINE)) - _NOT_SEALED)
    }

    known = {"access", "address", "refresh", "secret", "secrets", "sealed", "token", "totp_secret", "totp_pending"}
    assert set.union(*sealed.values()) == known
    for table, columns in sealed.items():
        assert [one for one in (table, *columns) if not re.search(rf"\b{one}\b", asked)] == []
