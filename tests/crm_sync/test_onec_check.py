"""What keeps a base from being heard and read is said in plain words, each with its remedy."""

from datetime import UTC, datetime, timedelta

from tests.crm_sync.onec_read import OneCRead, guid
from tests.fakes.onec.world import COMPANIES, FIELDS, ORDERS, STATES

_PLAIN = "its address begins with http://: whoever listens on the way can read the password"


async def test_a_base_where_all_is_well(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    assert await base.look() == [_PLAIN]


async def test_a_base_that_nothing_is_read_of_and_that_sends_nothing(base: OneCRead) -> None:
    await base.pool.execute("update crm_onec set layout = 'none'")
    assert await base.look() == [_PLAIN, "it has sent nothing yet, and nothing is read of it"]
    heard = datetime.fromtimestamp(base.clock.at, UTC) - timedelta(hours=1)
    await base.pool.execute(
        "update crm_onec set heard_at = $1, saved = 5, refused = 1, refusal = 'amount: wrong'", heard
    )
    assert await base.look() == [_PLAIN, "1 row was refused: amount: wrong"]
    base.clock.at += 86400
    assert (await base.look())[1].startswith("it has sent nothing for a day; the last came 2026-03-10")
    await base.pool.execute("update crm_connectors set active = false")
    assert (await base.look())[0] == "it is switched off: nothing it sends is taken, and nothing is read"


async def test_what_is_wrong_with_what_is_published(base: OneCRead) -> None:
    base.a_company()
    base.base.world.published.discard(STATES)
    base.base.world.put(COMPANIES, guid("nameless"))
    base.base.world.sets[ORDERS].clear()
    found = await base.look()
    assert f'{STATES}: 1C says: Сущность "{STATES}" не найдена. (HTTP 404)' in found
    assert f"{COMPANIES}: a record could not be read, name: is needed" in found
    assert f"{ORDERS} is published, and shows nothing" in found
    assert len(found) == 4


async def test_a_field_that_the_base_has_not_is_named(base: OneCRead) -> None:
    base.a_company()
    mapping = f"[orders]\nset = '{ORDERS}'\ndate = 'Date'\namount = 'Сумма'"
    await base.pool.execute("update crm_onec set layout = 'own', mapping = $1", mapping)
    assert "Сумма" not in FIELDS[ORDERS]
    words = 'Ошибка при разборе опции запроса: путь "Сумма" не найден.'
    assert (await base.look())[1] == f"{ORDERS}: 1C says: {words} (HTTP 400)"


async def test_after_a_wrong_password_and_an_address_of_nobody_nothing_more_is_asked(base: OneCRead) -> None:
    base.base.password = "another"
    words = "1C does not take the user or his password (HTTP 401)"
    assert await base.look() == [_PLAIN, f"{COMPANIES}: {words}"]
    await base.pool.execute("update crm_connectors set portal = 'http://127.0.0.1:1/trade'")
    assert (await base.look())[1].startswith(f"{COMPANIES}: no connection")
    assert base.base.asked == []


async def test_a_clock_that_is_off_and_what_waits(base: OneCRead) -> None:
    base.a_company()
    base.base.chaos.page(ORDERS)
    await base.read()
    base.base.ahead = 3600
    assert (await base.look())[1:] == [
        "its clock is 3600 s away from ours",
        "orders are not read: the web server before 1C answered HTTP 502 in its place",
    ]
