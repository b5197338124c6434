"""The card as a page, as a part of one and as JSON; what is done on it."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiohttp import web

from tests.card.conftest import CLIENT, STRANGER, House
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.web.composed import browsing_as, text_of, token_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.calls.decisions import DecisionApplier
from trunkline.card.blocks import NEEDS, Block
from trunkline.card.card import Card
from trunkline.card.keeping import due_call_backs, put_wrap_up
from trunkline.card.words import BLOCK_NAMES, filled_blocks, title_of
from trunkline.card.wrap_up import WrapUp
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, QueueBrief
from trunkline.ids import call_uuid
from trunkline.pbx.port import Action, Decision, DecisionRecord, Question, TraceRow
from trunkline.people.roles import Right, Role
from trunkline.spool import Kind, Position, Record

HTMX = {"HX-Request": "true"}


async def test_the_card_is_a_page_and_a_part_of_one(house: House, root: Browser) -> None:
    await house.contact("Иванов <b>Иван</b>", company="ООО «Ромашка»", overdue=Decimal(125_000))
    path = f"/card/calls/{await house.call(caller_name='<script>')}"

    whole = await text_of(root, path)
    part = await (await root.look(path, **HTMX)).text()

    assert "<html" in whole
    assert part.lstrip().startswith("<article")
    for text in (whole, part):
        assert "Иванов &lt;b&gt;Иван&lt;/b&gt;" in text
        assert "<script>" not in text.replace("<script src", "")
        assert "125,000" in text
        assert "Автобус-1" in text
    assert "Просроченный долг" in await text_of(root, path, language="ru")


async def test_why_it_came_here_is_told_with_names(
    house: House, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Directory, "head", Head(queues={"sales": QueueBrief("sales", "Отдел продаж", "q-sales")}))
    linkedid = f"{house.now.timestamp():.0f}.1"
    call = await house.call(id=call_uuid("main", linkedid, 0.0), linkedid=linkedid)
    trace = (TraceRow("closed", True, {"local": "2026-11-26 22:30", "open": False}),)
    decided = Decision(Action.QUEUE, "closed", "q-sales", trace=trace)
    asked = Question("main", linkedid)
    record = DecisionRecord(house.now.timestamp(), 1, CLIENT, "+74951234567", asked, decided)
    async with house.pool.acquire() as connection:
        packed = msgspec.msgpack.encode(record)
        await DecisionApplier().apply(connection, [Record(Kind.DECISION, record.at, packed, Position(1, 0))])

    page = await text_of(root, f"/card/calls/{call}", language="ru")
    told = await (await root.get(f"/api/v1/cards/{call}/told", headers={"Accept-Language": "ru"})).text()

    for text in (page, told):
        assert "Ждать в очереди Отдел продаж" in text
        assert "26 нояб., 22:30 — вне часов работы" in text
        assert "q-sales" not in text
    routed = (await (await root.get(f"/api/v1/cards/{call}")).json())["routed"]
    assert routed["target"] == "q-sales", "machines read what the PBX was told"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"client": "", "caller": "anonymous"}, "Hidden number"),
        ({"client": STRANGER}, "+7 916 999-99-99"),
        ({"client": "", "caller": "101", "dialled": "102", "direction": "internal", "line_id": None}, "101 → 102"),
        ({"client": STRANGER, "dialled": STRANGER, "direction": "out", "line_id": None}, "An outgoing call"),
    ],
)
async def test_every_kind_of_call_has_a_card(house: House, root: Browser, fields: dict[str, Any], said: str) -> None:
    call = await house.call(**fields)
    assert said in await text_of(root, f"/card/calls/{call}")
    answer = await root.get(f"/api/v1/cards/{call}")
    assert (answer.status, (await answer.json())["call"]["id"]) == (200, str(call))


async def test_a_number_has_a_card_without_a_call(house: House, root: Browser) -> None:
    await house.contact("Иванов", company="ООО «Ромашка»")
    petrov = await house.contact("Петров", company="АО «Лютик»")
    text = await text_of(root, "/card/number/8 (916) 123-45-67")
    assert "Who is it?" in text
    assert f"/card/number/{CLIENT}?contact={petrov}" in text
    assert "Петров</h1>" in await text_of(root, f"/card/number/{CLIENT}?contact={petrov}")
    assert "must be a full phone number" in await text_of(root, "/card/number/101", 400)


async def test_an_agent_sees_the_calls_that_rang_him_and_no_money(
    house: House, root: Browser, app: web.Application, add_person: AddPerson
) -> None:
    await house.contact(overdue=Decimal(125_000))
    mine, other = await house.call(), await house.call(ago=timedelta(minutes=5), rang=["102"])
    boris = await add_person("boris", Role.AGENT, extension="105")
    async with another(root, await session_of(house.pool, app, house.anna)) as anna:
        text = await text_of(anna, f"/card/calls/{mine}")
        assert ("125,000" in text, "Overdue" in text, "Receivables" in text) == (False, False, False)
        assert 'value="spam"' not in text
    async with another(root, await session_of(house.pool, app, boris)) as somebody:
        for path in (f"/card/calls/{other}", f"/api/v1/cards/{other}", "/card/calls/17"):
            assert (await somebody.look(path)).status == 404


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([], set()),
        ([Right.CONTACTS_READ], {"name", "note"}),
        ([Right.LEADS_READ], {"lead", "deal", "task"}),
        ([Right.LEADS_READ, Right.MONEY_READ], {"lead", "deal", "task", "sum"}),
        ([Right.CONTACTS_READ, Right.LEADS_READ, Right.MONEY_READ], {"name", "note", "lead", "deal", "task", "sum"}),
    ],
)
async def test_a_token_reads_on_a_card_what_its_scopes_read_elsewhere(
    house: House, root: Browser, add_person: AddPerson, held: list[Right], told: set[str]
) -> None:
    """A token for the card alone learns who rings where, and nobody's name, wishes or money."""
    contact = await house.contact("Секретов", company="ООО «Ромашка»", overdue=Decimal(777_777))
    await house.add("leads", contact_id=contact, title="a secret lead")
    await house.add("deals", contact_id=contact, title="a secret deal", amount=Decimal(777_777))
    await house.add("tasks", contact_id=contact, title="a secret task")
    await house.pool.execute(
        "insert into contact_notes (id, contact_id, text, person) values ($1, $2, 'a secret note', 'Anna')",
        uuid4(),
        contact,
    )
    call = await house.call(caller_name="Секретов")
    admin = await add_person("secretary", Role.ADMINISTRATOR, every_department=True, every_line=True)

    async with another(root) as program:
        header = await token_of(house.pool, admin, [Right.CARD_USE, *held])
        answer = await program.get(f"/api/v1/cards/{call}", headers=header)
        text, card = await answer.text(), await answer.json()

    assert (answer.status, card["call"]["id"]) == (200, str(call))
    secrets = {"name": "Секретов", "note": "a secret note", "lead": "a secret lead", "deal": "a secret deal"}
    found = {name for name, secret in (secrets | {"task": "a secret task", "sum": "777777"}).items() if secret in text}
    assert found == told
    assert not {block.value for block, right in NEEDS.items() if right not in held} & set(card["blocks"])


async def test_who_it_is_is_kept_for_the_call(house: House, root: Browser) -> None:
    await house.contact("Иванов", company="ООО «Ромашка»")
    petrov = await house.contact("Петров", company="АО «Лютик»")
    path = f"/card/calls/{await house.call()}"

    answer = await root.send(f"{path}/contact", {"contact": str(petrov)}, page=path)
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert "Петров</h1>" in await text_of(root, path)

    await house.pool.execute("update contacts set deleted_at = now() where id = $1", petrov)
    late = await root.send(f"{path}/contact", {"contact": str(petrov)}, page=path)
    assert (late.status, "no longer a contact with" in await late.text()) == (422, True)
    assert "was deleted during this call" in await text_of(root, path)


async def test_notes_are_kept_and_too_long_ones_come_back(house: House, root: Browser) -> None:
    contact = await house.contact()
    path = f"/card/calls/{await house.call()}"

    long = await root.send(f"{path}/note", {"text": "я" * 10_000}, page=path)
    text = await long.text()
    assert (long.status, "at most 4000 fit" in text, "я" * 10_000 in text) == (422, True, True)
    assert (await root.send(f"{path}/note", {"text": "  "}, page=path)).status == 422

    fields = {"csrf": await root.token(path), "text": "Перезвонить <b>завтра</b>"}
    part = await root.post(f"{path}/note", data=fields, headers=HTML | HTMX)
    assert "toast" in part.headers["HX-Trigger"]
    at_home = await root.look(path, **HTMX, **{"HX-Current-URL": str(root.make_url(path))})
    assert ("<h2 class" in await part.text(), "<h1 class" in await at_home.text()) == (True, True)
    assert "Перезвонить &lt;b&gt;завтра&lt;/b&gt;" in await part.text()

    await house.pool.execute("update contacts set deleted_at = now()")
    await root.send(f"{path}/note", {"text": "Осталось"}, page=path)
    rows = await house.pool.fetch("select contact_id, number, text from contact_notes order by id")
    assert [tuple(row) for row in rows] == [
        (contact, None, "Перезвонить <b>завтра</b>"),
        (None, CLIENT, "Осталось"),
    ]
    assert await house.pool.fetchval("select count(*) from audit where action = 'card.noted'") == 2


async def test_spam_is_said_and_taken_back(house: House, root: Browser) -> None:
    path = f"/card/calls/{await house.call(STRANGER)}"
    for verdict, said in [("spam", "Undo “spam”"), ("clear", "Not spam"), ("ham", "Undo “not spam”")]:
        assert (await root.send(f"{path}/spam", {"verdict": verdict}, page=path)).status == 303
        assert said in await text_of(root, path)
    await house.contact()
    known = f"/card/number/{CLIENT}"
    answer = await root.send(f"{known}/spam", {"verdict": "spam"}, page=known)
    assert (answer.status, "belongs to a contact" in await answer.text()) == (422, True)


async def test_a_wrap_up_is_prefilled_checked_kept_and_shown(
    house: House, root: Browser, add_person: AddPerson
) -> None:
    boris = await add_person("boris", Role.AGENT, name="Борис Орлов", extension="102")
    await house.pool.execute("update people set department_id = (select id from departments) where id = $1", boris)
    await house.pool.execute("insert into card_topics (name, position) values ('Доставка', 1), ('Оплата', 2)")
    call = await house.call(over=True, story={**_STORY, "transfers": [{**_TRANSFER, "to": "102"}]})
    path = f"/card/calls/{call}"
    text = await text_of(root, path)
    assert f'<option value="{boris}" selected>' in text

    form = {"topic": "=Доставка", "other": "", "transferred_to": str(boris), "result": "Ждёт", "next_step": "Счёт"}
    for change, said in [
        ({"topic": ""}, "choose one of the list, or"),
        ({"topic": "other"}, "say in a few words"),
        ({"transferred_to": str(call)}, "choose somebody of the list"),
        ({"call_back_at": "завтра"}, "must be a day and a time"),
        ({"call_back_at": "2020-01-01T10:00"}, "must be in the future"),
        ({"result": "я" * 2001}, "at most 2000 fit"),
    ]:
        wrong = await root.send(f"{path}/wrap-up", form | change, page=path)
        assert (wrong.status, said in await wrong.text()) == (422, True), change

    at = (house.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    for _again in range(2):
        kept = await root.send(f"{path}/wrap-up", form | {"call_back_at": at}, page=path)
        assert kept.status == 303, await kept.text()
    row = await house.pool.fetchrow(
        "select topic, result, client, d.name from call_wrap_ups w join departments d on d.id = w.department_id"
    )
    assert row is not None
    assert tuple(row) == ("Доставка", "Ждёт", CLIENT, "Отдел продаж")
    assert await house.pool.fetchval("select count(*) from audit where action = 'card.wrapped_up'") == 2
    page = await text_of(root, f"/calls/{call}")
    assert "Борис Орлов" in page
    assert "Отдел продаж" in page


async def test_a_call_that_goes_on_says_to_whom_it_was_passed(
    house: House, root: Browser, add_person: AddPerson
) -> None:
    boris = await add_person("boris", Role.AGENT, extension="102")
    call = await house.call()
    await house.pool.execute(
        "insert into steps (call_id, at, step_id, source, leg, channel, what) "
        "values ($1, $2, $3, 'live', 'a', 'b', $4)",
        call,
        house.now,
        bytes(8),
        {"kind": "transferred", "how": "blind", "exten": "102"},
    )
    assert f'<option value="{boris}" selected>' in await text_of(root, f"/card/calls/{call}")


async def test_the_card_says_which_advertisement_the_call_came_from(house: House, root: Browser) -> None:
    call = await house.call()
    landing = "https://www.example.ru/окна?utm_source=yandex"
    visit = UUID(int=1)
    known = Attribution(
        *(
            call,
            "+74951234567",
            CLIENT,
            ToldBy.VISIT,
            0.97,
            visit,
            visit,
            "Окна",
            "Paid Search",
            "yandex",
            "cpc",
            "зима",
        ),
        landing=landing,
    )
    async with house.pool.acquire() as connection:
        await keep_attributions(connection, [known])

    page = await text_of(root, f"/card/calls/{call}")

    assert "Paid search · yandex · зима" in page
    assert "www.example.ru/окна" in page
    assert "utm_source" not in page
    told = await (await root.look(f"/api/v1/cards/{call}/told")).json()
    assert ["Came from", "Paid search · yandex · зима"] in [[one["name"], one["value"]] for one in told["facts"]]


async def test_the_card_of_a_callback_says_who_wants_it_and_from_where(
    house: House, root: Browser, add_person: AddPerson
) -> None:
    """While the agent's telephone rings alone the PBX knows nobody else in the call; the dial says whom it is for."""
    await house.contact()
    call = await house.call("", caller="101", dialled="", direction="internal", line_id=None)
    wanted = uuid4()
    await house.pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    await house.pool.execute(
        "insert into callbacks (id, number, queue_id, source, zone, asked_at, wanted_at, next_at, attempts, note, "
        "state) values ($1, $2, 'sales', 'widget', 'Europe/Moscow', $3, $3, $3, 2, 'Про <b>окна</b>', 'dialling')",
        wanted,
        CLIENT,
        house.now - timedelta(minutes=5),
    )
    await house.pool.execute(
        "insert into dials (id, at, number, pbx, agent, longest_seconds, ring_seconds, channel, call_id, callback_id)"
        " values ($1, now(), $2, 'main', '101', 60, 20, 'dial-1.1', $3, $4)",
        uuid4(),
        CLIENT,
        call,
        wanted,
    )

    page = await text_of(root, f"/card/calls/{call}", language="ru")
    for said in ("Иванов Иван</h1>", "Просил перезвонить", "· widget · 2 попытки", "Про &lt;b&gt;окна&lt;/b&gt;"):
        assert said in page, said
    card = await (await root.get(f"/api/v1/cards/{call}")).json()
    assert (card["who"], card["number"], card["call"]["direction"]) == ("number", CLIENT, "out")
    assert (card["wanted"]["source"], card["wanted"]["note"]) == ("widget", "Про <b>окна</b>")
    told = await (await root.look(f"/api/v1/cards/{call}/told")).json()
    assert (told["facts"][0]["name"], told["facts"][0]["detail"]) == ("Asked to be called back", "Про <b>окна</b>")
    admin = await add_person("secretary", Role.ADMINISTRATOR, every_department=True, every_line=True)
    async with another(root) as program:
        header = await token_of(house.pool, admin, [Right.CARD_USE])
        card = await (await program.get(f"/api/v1/cards/{call}", headers=header)).json()
    assert (card["wanted"]["source"], card["wanted"]["note"]) == ("widget", ""), "a note is for who may read notes"


async def test_call_backs_are_due_until_somebody_talks_with_the_client(house: House) -> None:
    """Told before the promise, a talk with the client keeps it not, though its call is the later one."""
    await house.contact()
    call = await house.call(ago=timedelta(hours=2), over=True)
    talk = timedelta(minutes=95)
    await house.call(ago=talk, outcome="answered", answered_at=house.now - talk)
    await house.pool.execute(
        "insert into call_wrap_ups (call_id, person_id, client, topic, call_back_at, promised_at)"
        " values ($1, $2, $3, 'x', $4, $5)",
        call,
        house.anna,
        CLIENT,
        house.now - timedelta(hours=1),
        house.now - timedelta(minutes=90),
    )
    async with house.pool.acquire() as connection:
        assert await due_call_backs(connection, house.anna, house.now - timedelta(hours=3)) == []
        (due,) = await due_call_backs(connection, house.anna, house.now)
        assert (due.call_id, due.names) == (call, ["Иванов Иван"])
        assert await due_call_backs(connection, house.anna) == [due]
        half = timedelta(minutes=30)
        await house.call(ago=half, outcome="answered", answered_at=house.now - half)
        assert await due_call_backs(connection, house.anna) == []


async def test_a_promise_written_anew_is_one_of_now(house: House) -> None:
    """What else is written down changes nothing of when it was promised."""
    call = await house.call(ago=timedelta(hours=2), over=True)
    at = house.now + timedelta(hours=1)

    async def promised(said: WrapUp) -> datetime:
        async with house.pool.acquire() as connection:
            await put_wrap_up(connection, call, CLIENT, house.anna, said)
        told = await house.pool.fetchval("select promised_at from call_wrap_ups")
        assert isinstance(told, datetime)
        return told

    first = await promised(WrapUp(topic="x", call_back_at=at))
    assert await promised(WrapUp(topic="y", call_back_at=at)) == first
    assert await promised(WrapUp(topic="y", call_back_at=at + timedelta(hours=1))) > first


async def test_a_forged_form_is_refused(house: House, app: web.Application) -> None:
    await house.contact()
    call = await house.call()
    async with browsing_as(app, house.pool, house.anna) as anna:
        for name in ("note", "contact", "wrap-up"):
            answer = await anna.post(f"/card/calls/{call}/{name}", data={"csrf": "0", "text": "x"}, headers=HTML)
            assert answer.status == 403, name
    assert await house.pool.fetchval("select count(*) from contact_notes") == 0


_STORY: dict[str, list[object]] = {
    name: [] for name in ("legs", "talks", "transfers", "pickups", "queues", "offers", "recordings", "gaps")
}
_TRANSFER = {"at": "2026-11-26T10:00:00Z", "how": "blind", "by": "101", "to": "", "result": "", "consult": ""}


async def test_the_json_alone_says_all_that_the_page_says(house: House, root: Browser) -> None:
    """A bot has the value and no page: read back from its JSON it is the card the page was made of."""
    await house.contact("Иванов Иван", company="ООО «Ромашка»", overdue=Decimal(125_000), vip=True)
    await house.call(ago=timedelta(days=2), over=True)
    call = await house.call(caller_name="Иван")

    told = await (await root.get(f"/api/v1/cards/{call}")).read()
    card = msgspec.json.decode(told, type=Card)
    page = await text_of(root, f"/card/calls/{call}")

    assert json.loads(msgspec.json.encode(card)) == json.loads(told), "nothing is lost on the way"
    assert b"<" not in told
    assert f">{title_of(card)}</h1>" in page
    assert card.debt is not None
    assert f"{card.debt.overdue:,.0f}" in page
    assert card.line is not None
    assert card.line.brand in page
    blocks = filled_blocks(card)
    assert blocks <= set(card.blocks)
    assert len(card.calls) == 1
    for block in blocks - {Block.HINTS, Block.ROUTE}:
        assert str(BLOCK_NAMES[block]) in page


async def test_a_document_opens_beside_the_card_and_learns_nothing_of_it(house: House, root: Browser) -> None:
    contact = await house.contact()
    await house.add("deals", contact_id=contact, title="Автобус", document_url="https://crm/d?a='<b>&b=2")
    await house.add("orders", contact_id=contact, number="З-1", document_url="https://1c/o/1")
    await house.add("invoices", contact_id=contact, number="С-1")

    page = await (await root.get(f"/card/calls/{await house.call()}")).text()

    links = re.findall(r'<a class="caller-document" href="([^"]*)" target="_blank" rel="noopener noreferrer">', page)
    assert sorted(links) == ["https://1c/o/1", "https://crm/d?a=&#39;&lt;b&gt;&amp;b=2"]


async def test_the_page_of_a_card_has_a_button_to_call(house: House, root: Browser, pool: Pool) -> None:
    """A mobile employee opens it on his mobile; whose telephone rings is not in the form."""
    await pool.execute(
        "insert into pbxs (id, name, kind, settings) values "
        "('dials', 'D', 'asterisk', '{\"members_dials\": true, \"members_username\": \"m\"}')"
    )
    await pool.execute("update people set extension = '199' where login = 'root'")
    for path in (f"/card/number/{CLIENT}", f"/card/calls/{await house.call(over=True)}"):
        text = await text_of(root, path)
        form = text.split('action="/dials"')[1].split("</form>")[0]
        assert re.findall(r'name="(\w+)"', form) == ["csrf", "number", "back"]
        assert f'name="back" value="{path}"' in form

    assert 'action="/dials"' not in await text_of(root, f"/card/calls/{await house.call()}"), "he is on the line"
