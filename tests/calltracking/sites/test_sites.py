"""Sites, pools and what numbers tell: by pages and by the API, to the catalogue visitors are answered by."""

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import msgspec
import pytest

from calltracking.script.library import shipped
from calltracking.sites.reading import fingerprint, read_catalogue
from calltracking.sites.site import SiteFields, ToldFields, checked_site, checked_told
from tests.calltracking.conftest import OWN, Rows, number_of
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.ids import uuid7
from trunkline.people.roles import Role

TODAY = date(2026, 11, 27)
SITE = {"name": "Окна", "hosts": "https://Окна.рф/contact, *.example.ru", "consent": "full", "take": "need"}
SITE |= {"hold_minutes": "15", "beat_seconds": "25", "active": "on"}
SITE |= {"target_seconds": "45", "unique_days": "30", "campaign_days": "14"}


@pytest.fixture
async def lines(pool: Pool) -> Rows:
    rows = Rows(pool)
    await rows.add_lines([OWN, *map(number_of, range(4))])
    return rows


async def test_a_marketer_makes_a_site_by_hand(root: Browser, lines: Rows) -> None:
    assert "No sites yet" in await text_of(root, "/sites")
    assert (await root.send("/sites", SITE, page="/sites/new")).status == 303
    key = await lines.pool.fetchval("select key from tracking_sites")
    assert (
        await root.send(
            "/sites/pools", {"name": "Москва", "most_sharing": "5", "late_minutes": "60"}, page="/sites/pools/new"
        )
    ).status == 303
    pool = await lines.pool.fetchval("select id from tracking_pools")
    page = f"/sites/pools/{pool}"
    numbers = {"numbers": f"{number_of(0)}\n8 (495) 200-00-01"}
    assert (await root.send(f"{page}/numbers", numbers, page=page)).status == 303
    page = f"/sites/{key}"
    place = {"placement": "main", "number": OWN, "pool": str(pool), "selectors": ".phone\n\n#top b"}
    assert (await root.send(f"{page}/placements", place, page=page)).status == 303
    told = {"number": number_of(2), "where": f"{await lines.pool.fetchval('select id from tracking_sites')}:main"}
    told |= {"source": "yandex", "since": "2026-01-01"}
    assert (await root.send("/sites/numbers", told, page="/sites/numbers")).status == 303

    async with lines.pool.acquire() as connection:
        catalogue = await read_catalogue(connection, datetime.now(UTC).date() + timedelta(days=1))
    site = catalogue.sites[key]
    assert site.hosts == {"xn--80atjc.xn--p1ai", "*.example.ru"}
    assert site.owns("https://xn--80atjc.xn--p1ai")
    assert site.owns("https://msk.example.ru:8443")
    assert not site.owns("https://example.ru")
    rules = await lines.pool.fetchrow("select target_seconds, unique_days, campaign_days from tracking_sites")
    assert tuple(rules or ()) == (45, 30, 14)
    assert catalogue.pools[pool].numbers == (number_of(0), number_of(1))
    assert (site.placements["main"].selectors, site.placements["main"].pool) == ((".phone", "#top b"), pool)
    assert [(one.number, one.source) for one in site.statics] == [(number_of(2), "yandex")]
    for path, said in (
        (page, f'data-site="{key}"></script>'),
        (page, "s.setAttribute('data-site'"),
        (f"{page}?measure=on", f'data-site="{key}" data-mode="measure"></script>'),
        ("/sites", "in use"),
        ("/sites/numbers", "yandex"),
        ("/sites/numbers", '<option value="Paid Search">'),
    ):
        assert said in unescape(await text_of(root, path))
    assert "No visitor comes" not in await text_of(root, "/sites/numbers")
    for channel, told_of in (("organic_search", 0), ("organic", 1)):  # of before channels were those of the reports
        await lines.pool.execute("update tracking_numbers set channel = $1 where source = 'yandex'", channel)
        assert (await text_of(root, "/sites/numbers")).count("No visitor comes by this channel.") == told_of
    assert (await root.send(f"{page}/placements/main/remove", {}, page=page)).status == 303
    assert (await root.send(f"{page}/placements/main/remove", {}, page=page)).status == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "from 1 to 100 characters"),
        ({"hosts": ""}, "from 1 to 50 host names"),
        ({"hosts": "exa_mple"}, "is no host name"),
        ({"hold_minutes": "10081"}, "must be a number from 1 to 10080"),
        ({"hold_minutes": "x"}, "must be a whole number"),
        ({"beat_seconds": "31"}, "must be a number from 5 to 30"),
        ({"target_seconds": "3601"}, "must be a number from 0 to 3600"),
        ({"unique_days": "0"}, "must be a number from 1 to 365"),
        ({"campaign_days": "366"}, "must be a number from 1 to 365"),
        ({"campaign_days": ""}, "must be a whole number"),
        ({"consent": "maybe"}, "must be one of: full, cookieless, none"),
    ],
)
async def test_a_wrong_site_comes_back_with_what_would_be_right(
    root: Browser, pool: Pool, change: dict[str, str], said: str
) -> None:
    answer = await root.send("/sites", SITE | change, page="/sites/new")

    assert (answer.status, said in await answer.text()) == (422, True)
    assert await pool.fetchval("select count(*) from tracking_sites") == 0


async def test_a_number_tells_one_thing_at_a_time(root: Browser, lines: Rows) -> None:
    page = "/sites/numbers"
    first = {"number": number_of(0), "source": "billboard", "since": "2026-01-01", "until": "2026-03-01"}
    assert (await root.send(page, first, page=page)).status == 303
    for change, status, said in (
        ({}, 422, "tells billboard from 2026-01-01 until 2026-03-01: end that first"),
        ({"since": "2026-02-28", "until": ""}, 422, "end that first"),
        ({"since": "2026-03-01", "until": ""}, 303, ""),
        ({"number": "+74950000000"}, 422, "is no line of ours"),
        ({"number": "12"}, 422, "must be a full phone number"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, 422, "must be a later day"),
        ({"since": "yesterday"}, 422, "must be a day"),
        ({"number": number_of(1), "source": ""}, 422, "say what the number tells"),
    ):
        answer = await root.send(page, first | change, page=page)
        assert (answer.status, said in await answer.text()) == (status, True), change
    await lines.pool.execute("update lines set state = 'retiring' where number = $1", number_of(2))
    answer = await root.send(page, {"number": number_of(2), "source": "x"}, page=page)
    assert "this line is not in use" in await answer.text()
    open_one = await lines.pool.fetchval("select id from tracking_numbers where until is null")
    assert (await root.send(f"{page}/{open_one}/end", {}, page=page)).status == 303
    assert (await root.send(f"{page}/{open_one}/end", {}, page=page)).status == 404


async def test_the_api_tells_and_keeps_the_same(root: Browser, lines: Rows, add_person: AddPerson) -> None:
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(lines.pool, person)

    async def post(path: str, body: dict[str, Any], status: int = 201) -> Any:
        answer = await root.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status == status, await answer.text()
        return await answer.json()

    site = await post("sites", {"name": "Окна", "hosts": ["www.example.ru"]})
    pool = await post("pools", {"name": "Москва"})
    await post("pools", {"name": "Москва"}, 400)
    placed = await post(f"sites/{site['id']}/placements", {"name": "main", "number": OWN, "pool": pool["id"]}, 200)
    told = await post("tracking-numbers", {"number": number_of(0), "pool": pool["id"]})
    wrong = await post("tracking-numbers", {"number": number_of(0), "source": "yandex"}, 400)

    assert placed["placements"] == [{"name": "main", "number": OWN, "selectors": [], "pool": pool["id"]}]
    assert "tells Москва since" in str(wrong)
    listed = [await (await root.get(f"/api/v1/{path}", headers=headers)).json() for path in ("sites", "pools")]
    assert listed[0]["items"] == [placed]
    assert listed[1]["items"] == [pool | {"numbers": [number_of(0)], "sites": ["Окна"]}]
    answer = await root.delete(f"/api/v1/tracking-numbers/{told['id']}", headers=headers)
    assert answer.status == 204
    rules = {"target_seconds": 45, "unique_days": 30, "campaign_days": 14}
    assert {name: site[name] for name in rules} == {"target_seconds": 30, "unique_days": 1, "campaign_days": 90}
    changed = {name: site[name] for name in ("name", "hosts")} | {"active": False} | rules
    answer = await root.put(f"/api/v1/sites/{site['id']}", json=changed, headers=headers)
    assert (answer.status, await answer.json()) == (200, placed | changed)
    wrong = await root.put(f"/api/v1/sites/{site['id']}", json=changed | {"unique_days": 366}, headers=headers)
    assert (wrong.status, [one["field"] for one in (await wrong.json())["mistakes"]]) == (400, ["unique_days"])
    address = f"/api/v1/sites/{site['id']}/placements/main"
    assert (await root.delete(address, headers=headers)).status == 204
    held = await root.get("/api/v1/leases", params={"number": number_of(0)}, headers=headers)
    assert await held.json() == {"items": [], "next": None}
    assert (await root.get("/api/v1/leases?number=%2B74952000000&at=now", headers=headers)).status == 400
    assert (await root.get(f"/api/v1/sites/{UUID(int=7)}", headers=headers)).status == 404


async def test_who_sees_some_lines_only_sees_no_sites(root: Browser, lines: Rows, add_person: AddPerson) -> None:
    narrow = await token_of(lines.pool, await add_person("nina", Role.MARKETER, every_line=False))

    for path in ("sites", "pools", "tracking-numbers", "leases?number=%2B74952000000"):
        assert (await root.get(f"/api/v1/{path}", headers=narrow)).status == 404


async def test_the_catalogue_is_read_again_when_anything_changes(lines: Rows) -> None:
    async with lines.pool.acquire() as connection:
        seen = [await fingerprint(connection, TODAY)]
        for change in (
            f"insert into tracking_pools (id, name) values ('{lines.numbers}', 'П')",
            "insert into tracking_sites (id, key, name, hosts)"
            f" values ('{lines.site}', 'demosite0001', 'О', '{{a.ru}}')",
            "insert into tracking_placements (id, site_id, name, number)"
            f" values ('{uuid7(1)}', '{lines.site}', 'm', '{OWN}')",
            "insert into tracking_numbers (id, number, since, pool_id)"
            f" values ('{uuid7(1)}', '{number_of(0)}', '2026-01-01', '{lines.numbers}')",
            f"update lines set state = 'retiring' where number = '{number_of(0)}'",
        ):
            await connection.execute(change)
            seen.append(await fingerprint(connection, TODAY))
            assert await fingerprint(connection, TODAY) == seen[-1]

    assert len(set(seen)) == 5
    assert seen[-1] == seen[-3]  # a line that is shown no more tells nothing


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        checked_site(SiteFields(name="", hosts=(), take="x", hold_minutes=0, beat_seconds=99))
    assert {one.path for one in raised.value.mistakes} == {"name", "hosts", "take", "hold_minutes", "beat_seconds"}
    pooled = ToldFields(number=OWN, pool=UUID(int=1), source="x", placement="main")
    with pytest.raises(InvalidInput) as raised:
        checked_told(pooled, TODAY)
    assert {one.path for one in raised.value.mistakes} == {"pool", "placement"}


def test_a_number_on_a_site_names_a_channel_that_browsers_can_tell() -> None:
    told = ToldFields(number=OWN, site=UUID(int=1), placement="main", channel=" organic  search")
    assert checked_told(told, TODAY).channel == "Organic Search"
    with pytest.raises(InvalidInput) as raised:
        checked_told(msgspec.structs.replace(told, channel="organic"), TODAY)
    (mistake,) = raised.value.mistakes
    assert mistake.path == "channel"
    assert "Organic Search, Email" in mistake.message
    offline = ToldFields(number=OWN, channel="Наружная реклама")
    assert checked_told(offline, TODAY).channel == "Наружная реклама"


async def test_a_site_and_a_pool_name_a_queue_that_there_is(root: Browser, lines: Rows) -> None:
    await lines.pool.execute("insert into queues (id, name, target) values ('sales', 'Отдел продаж', '400')")
    for path, form in (
        ("/sites", SITE),
        ("/sites/pools", {"name": "Москва", "most_sharing": "5", "late_minutes": "30"}),
    ):
        wrong = await root.send(path, form | {"queue": "nobody"}, page=f"{path}/new")
        assert (wrong.status, "there is no queue" in await wrong.text()) == (422, True)
        assert (await root.send(path, form | {"queue": "sales"}, page=f"{path}/new")).status == 303
    late = await root.send("/sites/pools", form | {"name": "Тверь", "late_minutes": "10081"}, page="/sites/pools/new")
    assert "must be a number from 0 to 10080" in await late.text()

    assert await lines.pool.fetchval("select queue_id from tracking_sites") == "sales"
    assert tuple(await lines.pool.fetchrow("select queue_id, late_minutes from tracking_pools") or ()) == ("sales", 30)
    key = await lines.pool.fetchval("select key from tracking_sites")
    assert '<option value="sales" selected>Отдел продаж' in await text_of(root, f"/sites/{key}")
    await lines.pool.execute("delete from queues")
    assert await lines.pool.fetchval("select queue_id from tracking_sites") is None


async def _visits(rows: Rows, site: UUID, count: int, *, absent: bool) -> None:
    async with rows.pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
    for _ in range(count):
        await rows.pool.execute(
            "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent,"
            " numbers_absent) values ($1, $1, $2, now(), now(), '', '', '', 'full', $3)",
            uuid7(datetime.now(UTC).timestamp()),
            site,
            absent,
        )


async def test_a_site_whose_visitors_meet_none_of_its_numbers_says_so(root: Browser, lines: Rows) -> None:
    await root.send("/sites", SITE, page="/sites/new")
    site, key = tuple(await lines.pool.fetchrow("select id, key from tracking_sites") or ())
    said = "Most visitors meet none"
    await _visits(lines, site, 19, absent=True)
    assert said not in await text_of(root, f"/sites/{key}")
    await _visits(lines, site, 1, absent=True)
    text = await text_of(root, f"/sites/{key}")
    assert "On 20 of the last 20 visits" in text
    assert "it says which" in text
    await lines.pool.execute(
        "insert into site_crawls (site_id, next_at, ended_at, begun_at, trackers) values ($1, now(), now(), now(), $2)",
        site,
        ["Calltouch", "Roistat"],
    )
    text = await text_of(root, f"/sites/{key}")
    assert "of Calltouch, Roistat: it swaps the numbers before ours" in text
    assert "at work on its pages too" in text
    await _visits(lines, site, 21, absent=False)
    assert said not in await text_of(root, f"/sites/{key}")


@pytest.mark.parametrize("query", ["", "?measure=on"])
async def test_the_line_can_be_pinned(root: Browser, lines: Rows, query: str) -> None:
    await root.send("/sites", SITE, page="/sites/new")
    key = await lines.pool.fetchval("select key from tracking_sites")
    script = shipped().current
    mode = ' data-mode="measure"' if query else ""

    text = unescape(await text_of(root, f"/sites/{key}{query}"))

    tag = f'data-site="{key}"{mode} integrity="{script.integrity}" crossorigin="anonymous"></script>'
    assert f"/t/{script.version}.js" in text
    assert text.count(tag) == 2, "the plain form and that of 1C-Bitrix"
    assert f"s.integrity='{script.integrity}'" in text
    assert text.count("/t.js") == 3


async def test_a_site_whose_numbers_tell_cities_gives_each_city_its_line(root: Browser, lines: Rows) -> None:
    await root.send("/sites", SITE | {"city": "Москва"}, page="/sites/new")
    site, key = tuple(await lines.pool.fetchrow("select id, key from tracking_sites") or ())
    page = f"/sites/{key}"
    await root.send(f"{page}/placements", {"placement": "main", "number": OWN}, page=page)
    assert "data-city" not in await text_of(root, page)
    for index, city in enumerate(("Москва", "Казань", "Ростов")):
        told = {"number": number_of(index), "where": f"{site}:main", "source": "yandex", "city": city}
        assert (await root.send("/sites/numbers", told | {"since": "2026-01-01"}, page="/sites/numbers")).status == 303
    await lines.pool.execute("update tracking_numbers set until = since + 1 where city = 'Ростов'")

    for query, city in (("", "Москва"), ("?city=Казань", "Казань"), ("?city=", ""), ("?city=Тверь", "")):
        text = unescape(await text_of(root, page + query))
        assert text.count(f'data-site="{key}" data-city="{city}"') == (4 if city else 0)
        assert text.count(f"s.setAttribute('data-city','{city}')") == (2 if city else 0)
        assert "Ростов" not in text
    assert f"{page}?measure=on&city=" in unescape(await text_of(root, f"{page}?city="))


async def test_what_other_scripts_do_is_on_the_site_s_page_for_a_week(root: Browser, lines: Rows) -> None:
    await root.send("/sites", SITE, page="/sites/new")
    site, key = tuple(await lines.pool.fetchrow("select id, key from tracking_sites") or ())
    page = f"/sites/{key}"
    for kind, said in (("fight", "Another script writes over"), ("foreign", "A number that is not ours")):
        assert said not in await text_of(root, page)
        await lines.pool.execute(
            "insert into tracking_clashes (site_id, day, kind, last_at) values ($1, current_date, $2, now())",
            site,
            kind,
        )
        assert said in await text_of(root, page)
    await lines.pool.execute("update tracking_clashes set day = current_date - 8")
    assert "Another script" not in await text_of(root, page)
