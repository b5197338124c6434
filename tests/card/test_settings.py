"""What a company sets of its cards: places, hints, topics."""

from tests.card.conftest import House
from tests.people.web import Browser
from tests.web.composed import text_of

PAGE = "/settings/card"


async def test_blocks_get_places_and_go_back_to_the_usual(house: House, root: Browser) -> None:
    path = f"/card/calls/{await house.call()}"
    await house.contact()
    form = {"class": "client", "place_route": "2", "place_calls": "1"}
    assert (await root.send(f"{PAGE}/fields", form, page=PAGE)).headers["Location"] == f"{PAGE}?class=client"
    shown = await (await root.get(f"/api/v1/cards/{path.rpartition('/')[2]}")).json()
    assert shown["blocks"] == ["calls", "route"]
    assert 'name="usual"' in await text_of(root, f"{PAGE}?class=client")

    for change, said in [
        ({"place_calls": "first"}, "must be a number from 1 to 99"),
        ({"place_calls": "100"}, "must be a number from 1 to 99"),
        ({"place_calls": "", "place_route": ""}, "give at least one block a place"),
    ]:
        wrong = await root.send(f"{PAGE}/fields", form | change, page=PAGE)
        assert (wrong.status, said in await wrong.text()) == (422, True), change
    assert (await root.send(f"{PAGE}/fields", {"class": "enemy"}, page=PAGE)).status == 400

    await root.send(f"{PAGE}/fields", form | {"usual": "yes"}, page=PAGE)
    assert await house.pool.fetchval("select count(*) from card_fields") == 0
    assert await house.pool.fetchval("select count(*) from audit where action = 'card.fields_changed'") == 2


async def test_hints_are_shown_where_they_fit(house: House, root: Browser) -> None:
    await house.contact()
    path = f"/card/calls/{await house.call()}"
    for about, text in [("line:+74951234567", "Скажите <i>скидку</i>"), ("class:client", "По имени")]:
        assert (await root.send(f"{PAGE}/hints", {"about": about, "text": text}, page=PAGE)).status == 303
    await root.send(f"{PAGE}/hints", {"about": "class:client", "text": "По имени и отчеству"}, page=PAGE)
    text = await text_of(root, path)
    assert "Скажите &lt;i&gt;скидку&lt;/i&gt;" in text
    assert "По имени и отчеству" in text

    for about, said, wrong in [
        ("topic:нет", "x", "choose one of the list"),
        ("class:client", "", "is empty"),
        ("class:client", "я" * 2001, "at most 2000 fit"),
    ]:
        answer = await root.send(f"{PAGE}/hints", {"about": about, "text": said}, page=PAGE)
        assert (answer.status, wrong in await answer.text()) == (422, True), about

    hint = await house.pool.fetchval("select id from card_hints where kind = 'line'")
    assert (await root.send(f"{PAGE}/hints/{hint}/remove", {}, page=PAGE)).status == 303
    assert "скидку" not in await text_of(root, path)
    for gone in (hint, "17"):
        assert (await root.send(f"{PAGE}/hints/{gone}/remove", {}, page=PAGE)).status == 404


async def test_topics_keep_their_order_and_their_hints(house: House, root: Browser) -> None:
    for topics in ("Оплата\r\nДоставка\n\nОплата", "Доставка\nЖалоба\nОплата"):
        assert (await root.send(f"{PAGE}/topics", {"topics": topics}, page=PAGE)).status == 303
    names = await house.pool.fetch("select name from card_topics order by position")
    assert [row["name"] for row in names] == ["Доставка", "Жалоба", "Оплата"]
    await root.send(f"{PAGE}/hints", {"about": "topic:Жалоба", "text": "Не спорьте"}, page=PAGE)

    path = f"/card/calls/{await house.call()}"
    assert "Не спорьте" not in await text_of(root, path)
    kept = await root.send(f"{path}/wrap-up", {"topic": "=Жалоба"}, page=path)
    assert kept.status == 303, await kept.text()
    assert "Не спорьте" in await text_of(root, path)

    wrong = await root.send(f"{PAGE}/topics", {"topics": "я" * 101}, page=PAGE)
    assert (wrong.status, "at most 100 fit" in await wrong.text()) == (422, True)
