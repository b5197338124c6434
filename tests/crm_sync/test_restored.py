"""A database is restored from a backup older than what was delivered: each CRM has each call once all the same."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.standing_in import doubt_calls, signed_in
from crm_sync.store import find_connector
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.generic_scene import GenericScene, generic_crm
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import Company, Scene
from tests.fakes.receiver import Receiver
from trunkline.backup.run import backup, restore
from trunkline.db.types import Pool
from trunkline.outbox.worker import OutboxWorker

pytestmark = pytest.mark.timeout(180)  # a database is dumped and restored, which a busy machine does slowly
KEY = b"k" * 32
TALKS = ("simple_answered", "simple_busy", "simple_no_answer", "queue_answered", "outgoing_call")
LATER = 1_795_400_000.0
"""The recorded dialogues began some 22 hours before: no portal knows a registration of then again."""


@dataclass
class Everybody(Company):
    """A company that tells its calls to three CRMs."""

    pool: Pool
    clock: Hand
    scene: Scene
    amo: AmoScene
    own: GenericScene

    async def deliver(self) -> None:
        self.amo.clock.at = self.own.clock.at = self.clock.at
        await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with self.scene.portals() as portals, self.amo.crm() as amo, generic_crm(self.pool, self.clock) as own:
            told = [Bitrix24Deliverer(self.pool, portals), *amo.deliverers, *own.deliverers]
            await OutboxWorker(self.pool, None, told, clock=self.clock).drain()

    async def sign_in(self) -> None:
        """An administrator presses Connect, in both that have it."""
        portal, account, self.amo.clock.at = self.scene.portal, self.amo.account, self.clock.at
        async with self.pool.acquire() as connection, self.scene.portals() as portals, self.amo.crm() as crm:
            known = await find_connector(connection, self.scene.connector)
            await portals.keys.sign_in(connection, known, portal.access.code(portal.app, 1))
            await crm.sign_in(connection, await self.amo.known(), account.access.code(account.admin))


@pytest.fixture
async def everybody(scene: Scene, amo: AmoScene, own: GenericScene) -> Everybody:
    told = Everybody(scene.pool, scene.clock, scene, amo, own)
    told.clock.at = LATER
    await told.sign_in()
    return told


async def test_each_crm_has_each_call_once(
    everybody: Everybody, receiver: Receiver, database_url: str, tmp_path: Path
) -> None:
    """One is delivered before the backup, one waits in it, the others come after; then the database is lost, and the
    PBX's history tells of all of them anew.
    """
    told, scene, file = everybody, everybody.scene, tmp_path / "backup.tar"
    await told.happens(TALKS[0])
    await told.deliver_all()
    await told.happens(TALKS[1])
    await backup(database_url, file, KEY)
    told.clock.at += 2 * 86_400  # both sign-ins are renewed
    for name in TALKS[2:]:
        await told.happens(name)
    await told.amo.knows_whom_we_call()
    await told.deliver_all()
    calls = await told.calls()
    posts = Counter(one.key for one in receiver.seen)

    await restore(database_url, file, replace=True, then=[doubt_calls], now=datetime.fromtimestamp(told.clock.at, UTC))
    await told.pool.expire_connections()
    assert len(await told.calls()) == 2
    for name in TALKS:
        await told.happens(name)
    await told.deliver()
    reasons = sorted(row["reason"] for row in await told.pool.fetch("select reason from outbox_accounts"))
    ended = "the sign-in has ended or was taken back: connect the {} again on the page of the CRM"
    assert [one.partition(" (")[0] for one in reasons] == [ended.format("account"), ended.format("portal")]
    await told.sign_in()
    await told.deliver_all()

    once = {str(call): 1 for call in calls}
    assert (await told.calls(), await told.dead()) == (calls, [])
    assert Counter(row["EXTERNAL_CALL_ID"] for row in scene.portal.finished) == once
    assert Counter(len(scene.portal.activities_of(str(call))) for call in calls) == {1: len(calls)}
    registered = [one for one in scene.portal.heard if one.method == "telephony.externalCall.register"]
    assert len(registered) == len(calls)  # no card is opened again, no lead is made again
    noted = Counter(note["params"]["uniq"] for note in told.amo.account.world.notes)
    unsorted = [row["source_uid"] for row in told.amo.account.world.unsorted.values()]
    noted.update(one for one in unsorted if one not in noted)
    assert noted == once
    assert {key for key in receiver.taken if key.endswith(":call.ended")} == {f"{call}:call.ended" for call in calls}
    assert {one.key for one in receiver.seen} == posts.keys()  # what is posted again has the key it had
    known = (
        "select count(*) from crm_calls where connector_id = $1 and remote_id is not null and finished_at is not null"
    )
    assert await told.pool.fetchval(known, scene.connector) == len(calls)  # so that recordings find their call
    assert scene.portal.violations == []
    assert await signed_in(told.pool) == ["office", (await told.amo.known()).name]
