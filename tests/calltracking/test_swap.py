"""A visitor asks for a number: through the public listener to the row that grants it."""

from calltracking.leases.public import engine_key
from calltracking.sites.reading import KeptCatalogue
from tests.calltracking.conftest import OWN, Rows, Street, number_of

_TAP = {"placement": "main", "number": number_of(0)}


async def test_a_lease_is_a_row_before_it_is_an_answer(street: Street, rows: Rows) -> None:
    visitor = street.visitor()

    number, kind = await visitor.number()

    assert (number, kind) == (number_of(0), "exclusive")
    row = await rows.pool.fetchrow("select number, kind, visit_id::text, visitor::text from lease_current")
    assert row is not None
    assert tuple(row) == (number, "exclusive", visitor.visit, visitor.visitor)


async def test_each_visitor_has_a_number_of_his_own_and_keeps_it(street: Street) -> None:
    people = [street.visitor() for _ in range(3)]

    first = [await one.number() for one in people]
    again = [await one.number() for one in people]

    assert {number for number, _ in first} == {number_of(place) for place in range(3)}
    assert again == first


async def test_the_ladder_ends_at_the_page_s_own_number(street: Street, rows: Rows) -> None:
    await rows.pool.execute("update tracking_pools set most_sharing = 2")
    await street.look()
    people = [street.visitor() for _ in range(7)]

    kinds = [(await one.number())[1] for one in people]

    assert kinds == ["exclusive"] * 3 + ["shared"] * 3 + ["own"]
    assert (await street.visitor().swap(placements=[])) == {}
    assert (await people[-1].number())[0] == OWN


async def test_a_lost_connection_costs_a_visitor_his_own_number_and_never_an_answer(street: Street, rows: Rows) -> None:
    await street.visitor().number()
    lost = await rows.pool.fetchval(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where application_name = 'trunkline-web' and datname = current_database()"
    )

    shown = [await street.visitor().number() for _ in range(4)]

    assert lost
    assert {kind for _, kind in shown} <= {"exclusive", "shared", "own"}
    assert shown[-1][1] in {"exclusive", "shared"}


async def test_while_the_sites_are_not_read_nobody_is_told_that_his_visit_is_none(street: Street, rows: Rows) -> None:
    """A browser forgets its visit at a 403: just after a start it must not be given one."""
    visitor = street.visitor()
    shown = await visitor.number()
    unread = KeptCatalogue(rows.pool)
    object.__setattr__(street.app[engine_key], "catalogue", unread)  # as a process has it that has just begun
    who = {"visit": visitor.visit, "visitor": visitor.visitor}

    refused = [(await visitor.post("beat", **who)).status, (await visitor.post("tap", **who, **_TAP)).status]
    refused.append((await visitor.client.get(f"/calltracking/v1/sites/{visitor.key}.json")).status)
    await unread.refresh()
    stranger = street.visitor(key="nosuchsite00")

    assert refused == [503, 503, 503]
    assert (await visitor.post("beat", **who)).status == 204
    assert (await stranger.post("beat", **who)).status == 403
    assert await visitor.number() == shown
