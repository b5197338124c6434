"""Calls beside a portal's statistics: what is missing is told again once, what is there twice or elsewhere is said."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.statistics import Statistics
from crm_sync.reconciliation import Ours, Report, Theirs, compare
from crm_sync.reconciling import Reconciling, last_report
from crm_sync.signing_in import PAGE
from crm_sync.store import find_connector
from tests.crm_sync.scene import LONG_AGO, Scene
from tests.crm_sync.test_pages import add_person, box, hasher, passwords, root
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.app.command import application
from trunkline.outbox.gate import Gate
from trunkline.outbox.shared import SharedState

__all__ = ["add_person", "box", "hasher", "passwords", "root"]

MOSCOW = ZoneInfo("Europe/Moscow")
ONE, TWO = UUID(int=1), UUID(int=2)


def ours(call: UUID = ONE, **more: object) -> Ours:
    usual = {"remote_id": "r1", "entity": "LEAD 1", "is_told": True, "waits": False, "given_up": False}
    return Ours(call_id=call, **(usual | more))  # type: ignore[arg-type]  # fields by their names


def theirs(remote: str = "r1", external: str = str(ONE), entity: str = "LEAD 1") -> Theirs:
    return Theirs(remote, external, entity)


CASES: dict[str, tuple[list[Ours], list[Theirs], dict[str, object]]] = {
    "there": ([ours()], [theirs()], {"sent": 1}),
    "by our id alone": ([ours(remote_id="")], [theirs("other")], {"sent": 1}),
    "by theirs alone, as a click is": ([ours()], [theirs(external="")], {"sent": 1}),
    "told and not there": ([ours()], [theirs("r2", str(TWO))], {"missing": [ONE]}),
    "waits": ([ours(waits=True)], [], {"waiting": 1}),
    "given up": ([ours(given_up=True)], [], {"given_up": 1}),
    "there though it waits": ([ours(waits=True)], [theirs()], {"sent": 1}),
    "twice": ([ours()], [theirs(), theirs("r9")], {"sent": 1, "duplicates": 1}),
    "the same row by two lists": ([ours()], [theirs(), theirs()], {"sent": 1}),
    "elsewhere": ([ours()], [theirs(entity="CONTACT 7")], {"sent": 1, "elsewhere": 1}),
    "nobody's there": ([ours()], [theirs(entity="")], {"sent": 1}),
    "nobody's here": ([ours(entity="")], [theirs()], {"sent": 1}),
}


@pytest.mark.parametrize("case", CASES)
def test_each_call_counts_once(case: str) -> None:
    here, there, expected = CASES[case]
    found = compare(here, there)
    nothing: dict[str, object] = {
        "sent": 0,
        "waiting": 0,
        "given_up": 0,
        "missing": [],
        "duplicates": 0,
        "elsewhere": 0,
    }
    assert {name: getattr(found, name) for name in nothing} == nothing | expected


@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), unique_by=lambda one: one[0]),
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9))),
)
def test_every_call_is_one_of_four(here: list[tuple[int, bool, bool]], there: list[tuple[int, int]]) -> None:
    calls = [ours(UUID(int=n), remote_id="", waits=waits, given_up=gone) for n, waits, gone in here]
    rows = [theirs(f"{n}.{row}", str(UUID(int=n))) for n, row in there]
    found = compare(calls, rows)
    assert found.sent + found.waiting + found.given_up + len(found.missing) == len(calls)
    assert found.sent == len({n for n, _ in there} & {n for n, _, _ in here})
    assert found.duplicates <= found.sent


async def reconcile(scene: Scene, since: datetime | None = LONG_AGO, **limits: int) -> Report:
    """Of all calls there are; with None as by night."""

    async def wait(seconds: float) -> None:
        scene.clock.at += seconds

    scene.clock.at += 1
    async with scene.portals() as portals:
        scan = Scan(portals, Gate(SharedState(None, scene.clock), scene.clock), wait)
        async with scene.pool.acquire() as connection:
            known = await find_connector(connection, scene.connector)
        sources = {"bitrix24": Statistics(scan)}
        return await Reconciling(scene.pool, None, sources, MOSCOW, scene.clock, **limits).reconcile(known, since)


@pytest.fixture
async def told(scene: Scene) -> Scene:
    """Two calls that the portal has, days after them."""
    scene.clock.at = 1_795_400_000.0  # the recorded dialogues began some 22 hours before
    async with scene.pool.acquire() as connection:
        known = await find_connector(connection, scene.connector)
        async with scene.portals() as portals:
            await portals.keys.sign_in(connection, known, scene.portal.access.code(scene.portal.app, 1))
    for name in ("simple_answered", "simple_busy"):
        await scene.happens(name)
    await scene.deliver_all()
    assert len(scene.portal.finished) == 2
    return scene


def batches(scene: Scene) -> int:
    """How many the portal was asked."""
    return len([one for one in scene.portal.heard if one.method == "batch"])


def counts(report: Report) -> dict[str, int]:
    names = ("sent", "waiting", "given_up", "missing", "retold", "duplicates", "elsewhere")
    return {name: count for name in names if (count := getattr(report, name))}


async def test_what_is_there_is_left_alone(told: Scene) -> None:
    report = await reconcile(told)
    assert (counts(report), report.good) == ({"sent": 2}, True)
    assert await told.pool.fetchval("select count(*) from outbox") == 0
    assert told.portal.violations == []
    async with told.pool.acquire() as connection:
        assert await last_report(connection, told.connector) == report


async def test_what_is_missing_is_told_again_once(told: Scene) -> None:
    (lost,) = [row["EXTERNAL_CALL_ID"] for row in told.portal.finished[:1]]

    def lose() -> None:
        told.portal.world.statistic[:] = [one for one in told.portal.finished if one["EXTERNAL_CALL_ID"] != lost]
        told.portal.world.calls.clear()  # it has forgotten them, as it does after half an hour

    lose()
    told.portal.world.activities.clear()
    report = await reconcile(told)
    assert counts(report) == {"sent": 1, "missing": 1, "retold": 1}
    assert [(str(one.call), one.what) for one in report.found] == [(lost, "missing")]
    again = await reconcile(told)
    assert counts(again) == {"sent": 1, "waiting": 1}

    await told.deliver_all()
    assert [row["EXTERNAL_CALL_ID"] for row in told.portal.finished].count(lost) == 1
    assert len(told.portal.activities_of(lost)) == 1
    assert counts(await reconcile(told)) == {"sent": 2}
    lose()
    assert counts(await reconcile(told)) == {
        "sent": 1,
        "missing": 1,
    }  # somebody deletes it there: it is not fought over
    assert await told.pool.fetchval("select count(*) from outbox") == 0
    assert told.portal.violations == []


async def test_a_portal_that_shows_nothing_is_not_believed(told: Scene) -> None:
    """Whoever connected it may not see statistics any more."""
    told.portal.world.statistic.clear()
    asked = batches(told)
    assert counts(await reconcile(told)) == {"missing": 2}
    assert batches(told) - asked == 1  # nor is each call asked for by name
    assert await told.pool.fetchval("select count(*) from outbox") == 0


async def test_what_was_not_believed_is_compared_again_the_next_night(told: Scene) -> None:
    """A quiet night whose one call is missing says as little as a portal that shows nothing."""
    shown = list(told.portal.world.statistic)
    told.portal.world.statistic.clear()
    first = await reconcile(told, None)
    assert counts(first) == {"missing": 2}
    told.clock.at += 86_400
    second = await reconcile(told, None)
    assert second.since <= first.since
    told.portal.world.statistic[:] = shown
    told.clock.at += 86_400
    assert counts(third := await reconcile(told, None)) == {"sent": 2}
    assert (await reconcile(told, None)).since == third.until - timedelta(minutes=15)


async def test_what_was_told_by_webhook_is_not_told_anew(told: Scene) -> None:
    """The portal was reached so before it was signed in to: those calls are activities, and in no statistics."""
    lost = told.portal.world.statistic.pop(0)["EXTERNAL_CALL_ID"]
    told.portal.world.calls.clear()
    await told.pool.execute("update crm_calls set remote_id = null where call_id = $1::text::uuid", lost)
    assert counts(await reconcile(told)) == {"sent": 1}
    assert await told.pool.fetchval("select count(*) from outbox") == 0


async def test_what_the_list_lacks_is_asked_for_by_name(told: Scene) -> None:
    """A call whose begin the portal has elsewhere is in no window, and is there all the same."""
    told.portal.world.statistic[0]["CALL_START_DATE"] = "2020-01-01T00:00:00+03:00"
    assert counts(await reconcile(told)) == {"sent": 2}


async def test_what_is_too_many_to_ask_for_is_there_once_all_the_same(told: Scene) -> None:
    """Whoever tells it again asks the portal first."""
    told.portal.world.statistic[0]["CALL_START_DATE"] = "2020-01-01T00:00:00+03:00"
    asked = batches(told)
    assert counts(await reconcile(told, most_named=0)) == {"sent": 1, "missing": 1, "retold": 1}
    assert batches(told) - asked == 1
    await told.deliver_all()
    assert len(told.portal.finished) == 2


async def test_what_is_twice_or_elsewhere_is_said(told: Scene) -> None:
    first, second = told.portal.world.statistic
    told.portal.world.statistic.append(first | {"ID": "900", "CALL_ID": "externalCall.other"})
    second["CRM_ENTITY_TYPE"], second["CRM_ENTITY_ID"] = "CONTACT", "77"
    report = await reconcile(told)
    assert counts(report) == {"sent": 2, "duplicates": 1, "elsewhere": 1}
    assert {one.what for one in report.found} == {"duplicate", "elsewhere"}
    assert any("CONTACT 77" in one.words for one in report.found)


async def test_the_page_of_the_crm_tells_of_the_last_night(told: Scene, root: Browser) -> None:
    page = f"{PAGE}/{told.connector}"
    assert "Calls compared" not in await text_of(root, page)
    second = told.portal.world.statistic[1]
    second["CRM_ENTITY_TYPE"], second["CRM_ENTITY_ID"] = "CONTACT", "77"
    await reconcile(told)
    shown = await text_of(root, page)
    assert "Calls compared" in shown
    assert "it is with CONTACT 77 there, and was with LEAD" in shown
    assert "Сверка звонков" in await text_of(root, page, language="ru")


def test_the_command_has_its_words() -> None:
    told = CliRunner().invoke(application, ["crm", "reconcile", "--help"])
    assert told.exit_code == 0
    assert "Compare calls with what this CRM has of them" in told.output


async def test_many_are_read_in_batches(told: Scene) -> None:
    """Of other programs' calls too: they are nobody's here."""
    row = told.portal.world.statistic[0]
    for number in range(1000, 1160):
        told.portal.world.statistic.append(
            row | {"ID": str(number), "CALL_ID": f"x{number}", "EXTERNAL_CALL_ID": "1c-7"}
        )
    told.portal.world.statistic.append(told.portal.world.statistic.pop(1) | {"ID": "2000"})
    asked = batches(told)
    assert counts(await reconcile(told)) == {"sent": 2}
    assert batches(told) - asked == 2


async def test_each_night_once_and_again_where_the_portal_does_not_tell(told: Scene) -> None:
    async def round_of() -> None:
        async with told.portals() as portals:
            scan = Scan(portals, Gate(SharedState(None, told.clock), told.clock))
            await Reconciling(told.pool, None, {"bitrix24": Statistics(scan)}, MOSCOW, told.clock).one_round()

    nights = "select count(*) from crm_reconciliations"
    told.portal.chaos.refuse("INTERNAL_SERVER_ERROR", "batch")
    await round_of()
    assert await told.pool.fetchval(nights) == 0
    await round_of()
    await round_of()
    assert await told.pool.fetchval(nights) == 1
    told.clock.at += 86_400
    await round_of()
    assert await told.pool.fetchval(nights) == 2
    since = await told.pool.fetch("select since, until from crm_reconciliations order by at")
    assert since[1]["since"] < since[0]["until"]  # nothing between two nights is left out


async def test_a_refusal_within_a_batch_ends_it(told: Scene) -> None:
    told.portal.running.operating.costs["voximplant.statistic.get"] = 500.0
    with pytest.raises(Refused, match="worked too long"):
        await reconcile(told)
    assert await told.pool.fetchval("select count(*) from crm_reconciliations") == 0
