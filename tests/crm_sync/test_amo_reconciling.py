"""Calls beside the notes an account has of them: what is missing is told again once, what was deleted is not."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_sync.amocrm.noted import Noted
from crm_sync.answer import CrmRefused
from crm_sync.reconciliation import Report
from crm_sync.reconciling import Reconciling
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.scene import LONG_AGO
from tests.crm_sync.test_reconciling import counts

MOSCOW = ZoneInfo("Europe/Moscow")
CALLER = "+79161234567"
"""Who calls in each of the dialogues."""


async def reconcile(amo: AmoScene, since: datetime | None = LONG_AGO, **limits: int) -> Report:
    """Of all calls there are; with None as by night."""
    amo.clock.at += 1
    async with amo.crm() as crm:
        sources = {"amocrm": Noted(crm.accounts)}
        reconciling = Reconciling(amo.pool, None, sources, MOSCOW, amo.clock, **limits)
        return await reconciling.reconcile(await amo.known(), since)


@pytest.fixture
async def told(amo: AmoScene) -> AmoScene:
    """Three calls of a contact that the account has, days after them."""
    amo.clock.at = 1_795_400_000.0  # the recorded dialogues began some 22 hours before
    await amo.connect(active=True)
    amo.account.world.add("contacts", CALLER, _made=0.0)
    for name in ("simple_answered", "simple_busy", "simple_no_answer"):
        await amo.happens(name)
    await amo.deliver_all(60)
    assert len(amo.account.world.notes) == 3
    return amo


def lose(amo: AmoScene, uniq: str) -> None:
    """Nobody knows how."""
    amo.account.world.notes[:] = [note for note in amo.account.world.notes if note["params"]["uniq"] != uniq]


async def test_what_is_there_is_left_alone(told: AmoScene) -> None:
    asked = len(told.account.heard)
    report = await reconcile(told)
    assert (counts(report), report.good) == ({"sent": 3}, True)
    assert told.account.heard[asked:] == ["GET contacts/notes"]
    # Of other programs' calls too, page by page: they are nobody's here.
    note = told.account.world.notes[0]
    for number in range(600):
        params = note["params"] | {"uniq": f"other-{number}"}
        told.account.world.notes.append(note | {"id": 10_000 + number, "params": params})
    asked = told.account.asked("GET contacts/notes")
    assert counts(await reconcile(told)) == {"sent": 3}
    assert told.account.asked("GET contacts/notes") - asked == 4
    # Written, by its own word, before the call: it is in no list, and asked for by name.
    del told.account.world.notes[3:]
    note["updated_at"] = 1_500_000_000
    assert counts(await reconcile(told)) == {"sent": 3}
    assert await told.pool.fetchval("select count(*) from outbox") == 0


async def test_what_is_missing_is_told_again_once(told: AmoScene) -> None:
    lost = told.account.world.notes[0]["params"]["uniq"]
    lose(told, lost)
    report = await reconcile(told)
    assert counts(report) == {"sent": 2, "missing": 1, "retold": 1}
    assert [(str(one.call), one.what) for one in report.found] == [(lost, "missing")]
    assert counts(await reconcile(told)) == {"sent": 2, "waiting": 1}
    await told.deliver_all(60)
    assert len(told.account.world.notes_of(lost)) == 1
    assert counts(await reconcile(told)) == {"sent": 3}
    lose(told, lost)
    assert counts(await reconcile(told)) == {
        "sent": 2,
        "missing": 1,
    }  # somebody deletes it there: it is not fought over
    assert await told.pool.fetchval("select count(*) from outbox") == 0


async def test_what_is_found_when_it_is_told_again_is_there_once(told: AmoScene) -> None:
    """Its list did not show it; nor was it asked for by name."""
    hidden = told.account.world.notes[0]
    lose(told, hidden["params"]["uniq"])
    assert counts(await reconcile(told, most_named=0)) == {"sent": 2, "missing": 1, "retold": 1}
    told.account.world.notes.append(hidden)
    await told.deliver_all(60)
    assert len(told.account.world.notes_of(hidden["params"]["uniq"])) == 1
    assert counts(await reconcile(told)) == {"sent": 3}


async def test_an_account_that_shows_nothing_is_not_believed(told: AmoScene) -> None:
    """Nor is one that shuts us out; what is there twice, or with somebody else, is said."""
    shown = list(told.account.world.notes)
    told.account.world.notes.clear()
    assert counts(await reconcile(told)) == {"missing": 3}
    told.account.chaos.page("GET contacts/notes", times=1, status=403)
    with pytest.raises(CrmRefused, match="shuts our address out"):
        await reconcile(told)
    other = told.account.world.add("contacts", "+79160000000")
    shown[1]["entity_id"] = other
    told.account.world.notes[:] = [*shown, shown[0] | {"id": 999_999}]
    report = await reconcile(told)
    assert counts(report) == {"sent": 3, "duplicates": 1, "elsewhere": 1}
    assert any(f"contacts {other}" in one.words for one in report.found)
    assert await told.pool.fetchval("select count(*) from outbox") == 0


async def test_a_call_of_what_was_deleted_there_is_not_told_again(told: AmoScene) -> None:
    (call,) = [note["params"]["uniq"] for note in told.account.world.notes[:1]]
    other = told.account.world.add("contacts", "+79160000000")
    await told.pool.execute("update crm_calls set entity = $2 where call_id = $1", UUID(call), f"contacts {other}")
    lose(told, call)
    told.account.world.delete("contacts", other)
    assert counts(await reconcile(told)) == {"sent": 2}
    assert await told.pool.fetchval("select count(*) from outbox") == 0


@pytest.mark.parametrize("is_noted", [True, False])
async def test_an_unsorted_lead_is_there_once(amo: AmoScene, is_noted: bool) -> None:
    """Whether the account notes its call with the lead before somebody takes it, or not."""
    amo.clock.at = 1_795_400_000.0
    await amo.connect(active=True)
    await amo.happens("simple_answered")
    await amo.deliver_all(60)
    assert len(amo.account.world.unsorted) == 1
    if not is_noted:
        amo.account.world.notes.clear()
    assert counts(await reconcile(amo)) == {"sent": 1}


async def test_a_call_that_is_nobody_s_there_is_not_missing(amo: AmoScene) -> None:
    amo.clock.at = 1_795_400_000.0
    await amo.connect(creates=False, active=True)
    await amo.happens("simple_answered")
    await amo.deliver_all(60)
    assert amo.account.world.notes == []
    assert counts(await reconcile(amo)) == {}


async def test_each_night_once_and_again_where_the_account_does_not_tell(told: AmoScene) -> None:
    nights = "select count(*) from crm_reconciliations"
    for count in (0, 1, 1):
        if not count:
            told.account.chaos.page("GET contacts/notes", times=1)
        async with told.crm() as crm:
            await Reconciling(told.pool, None, {"amocrm": Noted(crm.accounts)}, MOSCOW, told.clock).one_round()
        assert await told.pool.fetchval(nights) == count
