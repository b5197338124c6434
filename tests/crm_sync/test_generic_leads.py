"""Leads that were opened here, told to a home-made CRM: touched, taken and closed, once each, in their order."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from crm_sync.generic.lead_news import one_round
from crm_sync.generic.mapping import example
from tests.crm_sync.generic_scene import GenericScene
from tests.fakes.receiver import Receiver
from tests.leads.test_merging import write
from tests.missed.told import CLIENT
from tests.reports.calls import NOON
from trunkline.db.types import Pool
from trunkline.leads.hand import CloseLead, Hand, Reason, close, take
from trunkline.leads.merging import merge
from trunkline.people.audit import Actor
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import ROLE_RIGHTS, Role

ANNA = UUID(int=77)
LATER = NOON + timedelta(days=1)


@pytest.fixture
async def anna(pool: Pool) -> Hand:
    """A head who sees everything."""
    await pool.execute("insert into people (id, name) values ($1, 'anna')", ANNA)
    role = Role.SUPERVISOR
    identity = Identity(ANNA, "anna", "anna", role, ROLE_RIGHTS[role], EVERYTHING, Via.SESSION, "s")
    return Hand(identity, Actor(ANNA, "anna", "test", None), LATER)


async def test_a_lead_is_told_from_its_first_touch_to_its_end(
    pool: Pool, own: GenericScene, receiver: Receiver, anna: Hand
) -> None:
    contact = uuid4()
    await pool.execute("insert into contacts (id, name, class) values ($1, 'Иван', 'client')", contact)
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", CLIENT, contact)
    lead = await write(pool, 1, CLIENT)
    await write(pool, 2, CLIENT)
    async with pool.acquire() as connection, connection.transaction():
        await take(connection, anna, lead)
        await take(connection, anna, lead)
        await close(connection, anna, lead, CloseLead(Reason.WON))
    assert await one_round(pool, None) == 4
    assert await one_round(pool, None) == 0
    await own.deliver()

    assert receiver.events() == ["lead.touched", "lead.touched", "lead.taken", "lead.closed"]
    touches = await pool.fetch("select id from touches where lead_id = $1 order by at", lead)
    assert list(receiver.taken) == [
        *(f"{lead}:lead.touched:{row['id']}" for row in touches), f"{lead}:lead.taken", f"{lead}:lead.closed",
    ]  # fmt: skip
    first, _second, _taken, closed = (one.told for one in receiver.taken.values())
    assert (first["lead"]["id"], first["lead"]["phone"], first["touch"]["kind"]) == (str(lead), CLIENT, "email")
    assert (first["contact"]["name"], first["call"]["id"]) == ("Иван", None)
    assert (closed["lead"]["taken_by"], closed["lead"]["close_reason"], closed["touch"]["kind"]) == (
        "anna",
        "won",
        None,
    )
    assert receiver.forged == 0
    assert await own.dead() == []


async def test_what_was_rolled_back_or_merged_is_not_told(
    pool: Pool, own: GenericScene, receiver: Receiver, anna: Hand
) -> None:
    older, younger = await write(pool, 1, CLIENT), await write(pool, 2, "+79160000000", "Windows")
    async with pool.acquire() as connection:
        attempt = connection.transaction()
        await attempt.start()
        await close(connection, anna, older, CloseLead(Reason.WON))
        await attempt.rollback()
    async with pool.acquire() as connection, connection.transaction():
        await merge(connection, anna, older, younger)
    await one_round(pool, None)
    await own.deliver()

    assert receiver.events() == ["lead.touched", "lead.touched"]


async def test_nothing_is_noted_where_nobody_asks_for_it(pool: Pool, own: GenericScene) -> None:
    await own.maps(example("netcat"))
    lead = await write(pool, 1, CLIENT)
    await own.maps(example("default"))
    await pool.execute("insert into leads (id, source, external_id) values ($1, 'crm', '1')", UUID(int=1))
    await pool.execute(
        "insert into touches (id, source, external_id, lead_id, kind) values ($1, 'crm', '1', $1, 'call')", UUID(int=1)
    )
    assert await pool.fetchval("select count(*) from crm_lead_news") == 0
    await pool.execute("update crm_connectors set active = false")
    await pool.execute("update leads set closed_at = now() where id = $1", lead)
    assert await pool.fetchval("select count(*) from crm_lead_news") == 0
