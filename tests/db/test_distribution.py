"""The schema beside trunkline/db/distribution.toml: where tables lie on Citus, and what it would refuse of them."""

from collections import Counter
from importlib import resources

import asyncpg
import msgspec

from tests.db.citus import Plan, breaches, places, read_catalogue

_PLAN = msgspec.toml.decode(resources.files("trunkline.db").joinpath("distribution.toml").read_bytes(), type=Plan)
# Each table breaks what its name says, those named `fine_…` nothing.
_MADE = """
create table copied (id uuid primary key);
create table kept (id uuid primary key, copied_id uuid references copied (id) on delete cascade);
create table fine_calls (id uuid primary key, copied_id uuid references copied (id) on delete set null);
create table fine_steps (call_id uuid not null references fine_calls (id) on delete cascade, at date,
    primary key (at, call_id), exclude using gist (call_id with =, daterange(at, at) with &&));
create table fine_copy (id uuid primary key, kept_id uuid references kept (id));
create table a_key (id uuid primary key, name text unique);
create unique index a_key_expression on a_key (coalesce(id, '00000000-0000-0000-0000-000000000000'::uuid));
create unique index a_key_included on a_key (name) include (id);
create table an_exclusion (id int4range not null, exclude using gist (id with &&));
create table a_sequence (id uuid primary key, identity bigint generated always as identity, serial bigserial);
create table to_kept (id uuid primary key, kept_id uuid references kept (id));
create table to_elsewhere (id uuid primary key references fine_calls (id));
create table beside_its_key (id uuid primary key, call_id uuid references fine_calls (id));
create table emptied (id uuid primary key references copied (id) on delete set null);
create table from_kept (id uuid primary key references fine_calls (id));
create table copy_follows (id uuid primary key references kept (id) on delete cascade);
create table nullable (id uuid);
create table another_type (id bigint primary key);
create table a_trigger (id uuid primary key);
create table a_copied_trigger (id uuid primary key);
create function note() returns trigger language plpgsql as 'begin return new; end';
create trigger noted before insert on a_trigger for each row execute function note();
create trigger noted before insert on a_copied_trigger for each row execute function note();
"""
_MADE_PLAN = {
    "colocated": [
        {
            "why": "",
            "tables": {"fine_steps": "call_id"}
            | dict.fromkeys(
                (
                    *("fine_calls", "a_key", "a_sequence", "to_kept", "beside_its_key", "emptied", "nullable"),
                    *("a_trigger", "another_type"),
                ),
                "id",
            ),
        },
        {"why": "", "tables": {"to_elsewhere": "id"}},
        {"why": "", "tables": {"an_exclusion": "id"}},
    ],
    "reference": [{"why": "", "tables": ["copied", "fine_copy", "copy_follows", "a_copied_trigger"]}],
    "local": [{"why": "", "tables": ["kept", "from_kept"]}],
}
_REFUSED = {
    ("a_key", "key a_key_name_key"),
    ("a_key", "key a_key_expression"),
    ("a_key", "key a_key_included"),
    ("an_exclusion", "key an_exclusion_id_excl"),
    ("a_sequence", "sequence identity"),
    ("a_sequence", "sequence serial"),
    ("to_kept", "reference to_kept_kept_id_fkey"),
    ("to_elsewhere", "reference to_elsewhere_id_fkey"),
    ("beside_its_key", "reference beside_its_key_call_id_fkey"),
    ("emptied", "reference emptied_id_fkey"),
    ("from_kept", "reference from_kept_id_fkey"),
    ("copy_follows", "reference copy_follows_id_fkey"),
    ("another_type", "type bigint"),
    ("nullable", "column id"),
    ("a_trigger", "trigger noted"),
    ("a_copied_trigger", "trigger noted"),
}


async def test_every_table_has_one_place_and_breaks_only_what_is_owned_up_to(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        catalogue = await read_catalogue(connection)
    rows = places(_PLAN)
    where = dict(rows)

    assert [name for name, count in Counter(name for name, _ in rows).items() if count > 1] == []
    assert sorted(where) == sorted(catalogue), "each table needs its row in trunkline/db/distribution.toml"
    found = breaches(catalogue, where)
    assert found == {(one.table, told) for one in _PLAN.exception for told in one.breaks}
    assert [told for told in found if not told[1].startswith("trigger ")] == [], (
        "keys, references and sequences are mended"
    )


async def test_rules_find_what_citus_refuses(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("create schema citus_rules; set local search_path = citus_rules, public")
        await connection.execute(_MADE)
        catalogue = await read_catalogue(connection, "citus_rules")

    assert breaches(catalogue, dict(places(msgspec.convert(_MADE_PLAN, Plan)))) == _REFUSED
