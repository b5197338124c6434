"""What browsers say and the writer stores: visits, beats, taps; and what is refused and burns no lease."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from calltracking.channels.browser import browser_lists
from calltracking.channels.robots import ROBOTS, is_robot
from calltracking.channels.visits import CAMPAIGNS
from calltracking.leases.applier import VisitApplier
from calltracking.leases.ids import Grade, IdMaker
from calltracking.leases.limits import Buckets, Rate
from calltracking.leases.public import engine_key
from tests.calltracking.conftest import FIREFOX, KEY, ORIGIN, OWN, Rows, Street, Visitor, number_of
from trunkline.keys import settings_key
from trunkline.web.metrics import LEASE_REFUSALS
from trunkline.writer import SpoolApplier


async def no_news(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture
def writer(street: Street, rows: Rows, redis: Redis) -> SpoolApplier:
    root = street.app[settings_key].data_dir / "spool"
    return SpoolApplier(rows.pool, "node", root, [VisitApplier(redis, rows.pool)], no_news)


async def lease(rows: Rows, what: str) -> Any:
    """A figure of the only lease."""
    return await rows.pool.fetchval(f"select {what} from lease_current")


async def test_a_visit_is_kept_as_the_browser_told_it(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor = street.visitor()
    await visitor.swap(referrer="https://yandex.ru/", ids={"ym": "1764200000123456789"})
    await visitor.swap(page=f"{ORIGIN}/second", ids={"cookies": ["_ga=GA1.1.1.1", "_ga_ABC123=GS2.1.s1746825440$o1"]})
    await writer.drain()
    await visitor.swap(page=f"{ORIGIN}/third", ids={"ga": "", "cookies": None})
    await writer.drain()

    row = await rows.pool.fetchrow(
        "select id::text, landing, referrer, agent, consent, ym, ga, ga_sessions from visits"
    )
    assert row is not None
    landing = f"{ORIGIN}/?utm_source=yandex&utm_medium=cpc"
    assert tuple(row) == (
        *(visitor.visit, landing, "https://yandex.ru/", FIREFOX, "full", "1764200000123456789", "1.1"),
        "ABC123=1746825440",
    )


async def test_a_visit_is_counted_without_a_number(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor = street.visitor()
    page = f"{ORIGIN}/?yclid=1"
    counted = await (await visitor.post("swap", page=page, placements=[])).json()
    await writer.drain()

    assert counted["numbers"] == {}
    assert await rows.pool.fetchval("select landing from visits") == page
    assert await rows.pool.fetchval("select count(*) from lease_current") == 0
    visitor.visit, visitor.visitor = counted["visit"], counted["visitor"]
    assert (await visitor.swap(page=f"{ORIGIN}/second"))["main"]["kind"] == "exclusive"
    assert visitor.visit == counted["visit"]


@pytest.mark.parametrize("host", ["www.example.ru", "m.shop.example.ru", "shop.example.ru"])
async def test_the_site_s_other_hosts_are_no_source(
    street: Street, rows: Rows, writer: SpoolApplier, host: str
) -> None:
    await street.visitor().swap(page=f"{ORIGIN}/", referrer=f"https://{host}/cart")
    await street.visitor().swap(page=f"{ORIGIN}/", referrer="https://pay.example.com/")
    await writer.drain()
    assert await rows.pool.fetchval("select array_agg(channel order by id) from visits") == ["Direct", "Referral"]


async def test_beats_keep_a_visitor_present_and_replays_do_not(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    await visitor.number()
    await rows.pool.execute("update lease_current set seen_until = granted_at, until = granted_at + interval '1 h'")
    ids = {"visit": visitor.visit, "visitor": visitor.visitor}

    assert (await visitor.post("beat", **ids, visible=False, at=1000)).status == 204
    await writer.drain()
    assert await lease(rows, "seen_until = granted_at")
    assert (await visitor.post("beat", **ids, visible=True, at=1001)).status == 204
    await writer.drain()
    assert await lease(rows, "seen_until > now() + interval '55 s'")
    await rows.pool.execute("update lease_current set seen_until = granted_at, until = granted_at + interval '1 h'")
    await visitor.post("beat", **ids, visible=True, at=1001)
    await writer.drain()
    assert await lease(rows, "seen_until = granted_at")


async def test_another_tab_keeps_the_visitor_s_only_lease(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor = street.visitor()
    shown = await visitor.number()
    first, visitor.visit = visitor.visit, None
    assert await visitor.number() == shown
    assert visitor.visit != first
    await rows.pool.execute("update lease_current set seen_until = granted_at, until = granted_at + interval '1 h'")

    await visitor.post("beat", visit=visitor.visit, visitor=visitor.visitor)
    await writer.drain()

    assert await lease(rows, "seen_until > now() + interval '55 s'")


async def test_who_leaves_gives_his_number_to_the_next_after_a_moment_of_grace(
    street: Street, rows: Rows, writer: SpoolApplier, redis: Redis
) -> None:
    visitor = street.visitor()
    await visitor.number()

    await visitor.post("beat", visit=visitor.visit, visitor=visitor.visitor, leave=True, visible=False)
    await writer.drain()

    assert await lease(rows, "seen_until between now() + interval '5 s' and now() + interval '10 s'")
    assert await lease(rows, "extract(epoch from until - seen_until)") == 900
    released = await redis.zscore(f"calltracking:{{{rows.numbers.hex}}}", number_of(0))
    assert released is not None
    assert released < time.time() + 11
    assert await visitor.number() == (number_of(0), "exclusive")  # it was a reload
    assert await lease(rows, "seen_until > now() + interval '55 s'")


@pytest.mark.parametrize("text", [r"\ud800", r"a\u0000b", "\u202e🙂"])
async def test_any_text_a_browser_can_spell_is_kept_or_refused(
    street: Street, rows: Rows, writer: SpoolApplier, text: str
) -> None:
    headers = {"Origin": ORIGIN, "User-Agent": FIREFOX}
    body = f'{{"site":"{KEY}","page":"{ORIGIN}/{text}","at":1}}'

    answer = await street.client.post("/calltracking/v1/swap", data=body.encode(), headers=headers)
    await writer.drain()

    assert answer.status in {200, 400}
    kept = await rows.pool.fetchval("select count(*) from visits")
    assert kept == (1 if answer.status == 200 else 0)
    assert await rows.pool.fetchval("select count(*) from spool_rejects") == 0


async def test_a_tap_is_kept(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor = street.visitor()
    number, _ = await visitor.number()

    told = {"visit": visitor.visit, "visitor": visitor.visitor, "placement": "main", "number": number}
    assert (await visitor.post("tap", **told)).status == 204
    await writer.drain()

    row = await rows.pool.fetchrow("select visit_id::text, placement, number from taps")
    assert row is not None
    assert tuple(row) == (visitor.visit, "main", number)


def refused(reason: str) -> float:
    """How many were, for that reason."""
    return float(LEASE_REFUSALS.labels(reason)._value.get())


@pytest.mark.parametrize(
    ("reason", "status", "traits", "body"),
    [
        ("site", 403, {}, {"site": "forgedsite01"}),
        ("origin", 403, {"origin": "https://evil.example"}, {}),
        ("origin", 403, {"origin": "https://www.example.ru.evil.example"}, {}),
        ("origin", 403, {"origin": "null"}, {}),
        ("origin", 403, {"origin": ""}, {}),
        ("body", 400, {}, {"site": "x"}),
        ("body", 400, {}, {"at": "yesterday"}),
        ("body", 400, {}, {"visitor": "mine"}),
        ("body", 400, {}, {"placements": ["main\n"]}),
        ("body", 400, {}, {"page": "x" * 5000}),
        ("page", 400, {}, {"page": "javascript:alert(1)"}),
        ("page", 400, {}, {"page": "https://evil.example/"}),
        ("page", 400, {}, {"page": f"{ORIGIN}.evil.example/"}),
        ("page", 400, {}, {"page": f"{ORIGIN}@evil.example/"}),
        ("page", 400, {}, {"page": "https://evil.example/?https://www.example.ru/"}),
        ("page", 400, {}, {"page": "https://[www.example.ru/"}),
        ("page", 400, {}, {"page": "file:///home/anna/index.html"}),
        ("page", 400, {}, {"page": "/okna"}),
        ("page", 400, {}, {"page": ""}),
        ("size", 413, {}, {"referrer": "x" * 20_000}),
        ("size", 413, {}, {"referrer": "x" * 1_000_000}),
        ("placement", 400, {}, {"placements": ["unknown"]}),
        ("consent", 400, {}, {"consent": "maybe"}),
    ],
)
async def test_what_no_script_of_a_site_sends_is_refused_and_burns_no_lease(
    street: Street, rows: Rows, reason: str, status: int, traits: dict[str, str], body: dict[str, Any]
) -> None:
    before = refused(reason)

    told = {"page": ORIGIN, "placements": ["main"]} | body
    answer = await street.visitor(**traits).post("swap", **told)

    assert answer.status == status
    assert set(json.loads(await answer.read())) == {"error", "field"}
    assert refused(reason) == before + 1
    assert await rows.pool.fetchval("select count(*) from lease_current") == 0


@pytest.mark.parametrize(
    "page",
    [ORIGIN, f"{ORIGIN}/", f"{ORIGIN}?a=1", f"{ORIGIN}#a", "http://WWW.example.ru/a", "https://a.shop.example.ru:81#b"],
)
async def test_a_page_of_any_host_of_the_site_is_leased_a_number(street: Street, rows: Rows, page: str) -> None:
    assert (await street.visitor().swap(page=page))["main"]["kind"] == "exclusive"


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({"site": "x"}, "must be the site's key: 12 letters or digits", "site"),
        ({"at": "yesterday"}, "must be the browser's clock in milliseconds, a whole number", "at"),
        ({"placements": ["Main 1"]}, "must be a list of at most 20 placements' names", "placements[0]"),
        ({"visitor": "mine"}, "must be the visitor's id that we gave, a UUID", "visitor"),
        ({}, "is missing", "page"),
    ],
)
async def test_what_is_wrong_with_a_body_is_told_in_words(
    street: Street, body: dict[str, Any], error: str, field: str
) -> None:
    answer = await street.visitor().post("swap", **body)

    assert (answer.status, await answer.json()) == (400, {"error": error, "field": field})


async def test_ids_we_did_not_make_are_no_ids(street: Street, rows: Rows) -> None:
    known, forger = street.visitor(), street.visitor()
    await known.number()
    own = await forger.number()
    forger.visitor = known.visitor
    for what in ("beat", "tap"):
        told = {"visit": str(UUID(int=7)), "visitor": known.visitor, "placement": "main", "number": OWN}
        assert (await forger.post(what, **told)).status == 403
    forger.visit = forger.visitor = str(UUID(int=7))

    number, _ = await forger.number()

    assert forger.visitor != str(UUID(int=7))
    assert number not in {own[0], number_of(0)}
    assert await rows.pool.fetchval("select count(*) from lease_current where visitor = $1", UUID(int=7)) == 0


async def test_an_old_visit_ends_by_itself_and_skewed_clocks_are_told(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    await visitor.swap(at=int(time.time() * 1000) + 3_600_000)
    await writer.drain()
    assert 3_590_000 < await rows.pool.fetchval("select skew_ms from visits") < 3_610_000

    engine = street.app[engine_key]
    assert visitor.visitor
    old = engine.ids.visit(rows.site, UUID(visitor.visitor), time.time() - 90_000, Grade.FULL)
    assert (await visitor.post("beat", visit=str(old), visitor=visitor.visitor)).status == 410
    visitor.visit = str(old)
    await visitor.swap()
    assert visitor.visit != str(old)


async def test_one_visitor_who_asks_a_thousand_times_is_stopped(street: Street, rows: Rows) -> None:
    visitor = street.visitor()
    await visitor.number()
    told = {"page": ORIGIN, "placements": ["main"], "visitor": visitor.visitor, "visit": visitor.visit}

    before = refused("visitor_rate") + refused("address_rate")
    statuses = [(await visitor.post("swap", **told)).status for _ in range(1000)]

    stopped = statuses.count(429)
    assert stopped > 850
    assert statuses.count(200) + stopped == 1000
    assert refused("visitor_rate") + refused("address_rate") == before + stopped
    assert await rows.pool.fetchval("select count(*) from lease_current") == 1


async def test_one_address_with_many_newcomers_takes_no_more_numbers(street: Street, rows: Rows) -> None:
    await rows.pool.execute("update tracking_pools set most_sharing = 50")
    await street.look()
    first = street.visitor()
    crowd = [Visitor(street.client, first.address) for _ in range(45)]

    kinds = [(await one.number())[1] for one in crowd]

    assert kinds.count("own") >= 13
    assert await rows.pool.fetchval("select count(*) from lease_current") <= 32
    assert (await crowd[-1].post("beat", visit=crowd[-1].visit, visitor=crowd[-1].visitor)).status == 204


@pytest.mark.parametrize(
    ("change", "agent", "consent"),
    [
        ("", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", None),
        ("", FIREFOX, "none"),
        ("update tracking_sites set consent = 'none'", FIREFOX, "full"),
    ],
)
async def test_robots_and_who_agreed_to_nothing_see_the_page_s_number(
    street: Street, rows: Rows, writer: SpoolApplier, change: str, agent: str, consent: str | None
) -> None:
    if change:
        await rows.pool.execute(change)
        await street.look()
    visitor = street.visitor(agent=agent)

    assert await visitor.swap(**({"consent": consent} if consent else {})) == {"main": {"number": OWN, "kind": "own"}}
    await writer.drain()

    assert visitor.visit is None
    assert await rows.pool.fetchval("select (select count(*) from lease_current) + (select count(*) from visits)") == 0


async def test_without_cookies_a_visitor_is_known_for_the_day(street: Street, rows: Rows) -> None:
    await rows.pool.execute("update tracking_sites set consent = 'cookieless'")
    await street.look()
    address = street.visitor().address
    first, later = (Visitor(street.client, address) for _ in range(2))

    shown, known = await first.number(), first.visitor
    assert await later.number() != shown
    ids = {"visit": first.visit, "visitor": first.visitor}
    assert (await first.post("beat", **ids, leave=True, visible=False)).status == 204
    back = Visitor(street.client, address)
    assert (await back.number(), back.visitor) == (shown, known)


async def test_who_shares_an_address_and_a_browser_keeps_his_number_when_the_other_leaves(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    await rows.pool.execute("update tracking_sites set consent = 'cookieless'")
    await street.look()
    address = street.visitor().address
    here, gone = (Visitor(street.client, address) for _ in range(2))
    await here.number()
    await gone.number()

    await gone.post("beat", visit=gone.visit, visitor=gone.visitor, leave=True, visible=False)
    await writer.drain()

    present = await rows.pool.fetch(
        "select visit_id::text from lease_current where seen_until > now() + interval '11 s'"
    )
    assert [row[0] for row in present] == [here.visit]


async def test_another_campaign_begins_a_visit_that_holds_the_number_from_then_on(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    shown, first = await visitor.number(), visitor.visit
    await visitor.swap(page=f"{ORIGIN}/second")
    assert visitor.visit == first

    await visitor.swap(page=f"{ORIGIN}/?utm_source=vk&utm_medium=cpc")
    await writer.drain()

    assert visitor.visit != first
    assert await lease(rows, "(number, visit_id::text)") == (shown[0], visitor.visit)
    assert await rows.pool.fetchval("select visit_id::text from lease_history") == first
    assert await rows.pool.fetchval("select count(*) from visits") == 2


async def test_a_beat_that_comes_again_is_refused(street: Street) -> None:
    visitor = street.visitor()
    await visitor.number()
    ids = {"visit": visitor.visit, "visitor": visitor.visitor}

    said = [(await visitor.post("beat", **ids, at=at)).status for at in (200_000, 200_000, 200_025, 140_024, 200_024)]

    assert said == [204, 409, 204, 409, 204]


async def test_another_script_at_the_numbers_is_told_to_the_marketer(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    await visitor.number()
    ids = {"visit": visitor.visit, "visitor": visitor.visitor}

    assert (await visitor.post("beat", **ids, clash="fight")).status == 204
    assert (await visitor.post("beat", **ids, clash="fight")).status == 204
    assert (await visitor.post("beat", **ids, clash="rumour")).status == 400
    await writer.drain()

    found = await rows.pool.fetch("select site_id, kind from tracking_clashes")
    assert [tuple(row) for row in found] == [(rows.site, "fight")]


async def test_a_visit_that_met_none_of_the_numbers_says_so_until_it_meets_one(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    told = []
    for clash in ("absent", "absent", "foreign", "absent"):
        await visitor.swap(placements=[], clash=clash)
        await writer.drain()
        told.append(await rows.pool.fetchval("select bool_or(numbers_absent) from visits"))

    assert told == [True, True, False, False]
    assert await rows.pool.fetchval("select count(*) from visits") == 1
    assert await rows.pool.fetchval("select array_agg(kind) from tracking_clashes") == ["foreign"]
    assert (await visitor.post("swap", page=f"{visitor.origin}/", placements=[], clash="rumour")).status == 400


async def test_an_id_of_days_ago_counts_as_a_newcomer_s(street: Street, rows: Rows) -> None:
    """Else ids could be stocked day by day, and used all at once."""
    engine = street.app[engine_key]
    address = street.visitor().address
    old = [engine.ids.visitor(rows.site, time.time() - 86_400 - place, Grade.FULL) for place in range(40)]
    people = [Visitor(street.client, address, visitor=str(one)) for one in old]
    await rows.pool.execute("update tracking_pools set most_sharing = 50")
    await street.look()

    kinds = [(await one.number())[1] for one in people]
    again = [(await one.number())[1] for one in people]

    assert kinds.count("own") >= 9
    assert again.count("own") >= 8
    assert [one.visitor for one in people] == [str(one) for one in old]


async def test_who_names_other_browsers_is_no_crowd(street: Street, rows: Rows) -> None:
    """Known for the day by address and browser, and so by as many browsers as he likes to name: one address's limit."""
    await rows.pool.execute("update tracking_pools set most_sharing = 50")
    await street.look()
    address = street.visitor().address
    crowd = [Visitor(street.client, address, agent=f"{FIREFOX} {place}") for place in range(45)]
    for one in crowd:
        await one.swap(consent="cookieless")
    kinds = [(await one.swap(consent="cookieless"))["main"]["kind"] for one in crowd]
    assert kinds.count("own") >= 13


async def test_a_long_name_of_a_browser_costs_nothing(street: Street) -> None:
    answer = await street.visitor(agent="yandex" * 1300).post("swap", page=f"{ORIGIN}/", placements=["main"])
    assert answer.status == 200


async def test_a_number_is_touched_now_and_then_not_on_and_on(street: Street) -> None:
    visitor = street.visitor()
    number, _ = await visitor.number()
    told = {"visit": visitor.visit, "visitor": visitor.visitor, "placement": "main", "number": number}
    statuses = [(await visitor.post("tap", **told)).status for _ in range(25)]
    assert statuses.count(204) <= 21
    assert statuses[-1] == 429


async def test_an_answer_is_for_one_visitor_and_a_refusal_can_be_read(street: Street, rows: Rows) -> None:
    told = {"page": ORIGIN, "placements": ["main"]}
    first = await street.visitor().post("swap", **told)
    second = await street.visitor().post("swap", **told)
    assert (await first.json())["numbers"] != (await second.json())["numbers"]
    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == "no-store"

    gone = await street.visitor().post("beat", visit=str(UUID(int=7)), visitor=str(UUID(int=7)))
    assert gone.status == 403
    assert gone.headers["Access-Control-Allow-Origin"] == "*"
    assert gone.headers["Cache-Control"] == "no-store"


async def test_a_table_whose_rules_ask_for_a_channel_tells_how_to_know_it(street: Street, rows: Rows) -> None:
    await rows.add_lines(["+74959990001"])
    await rows.tell("+74959990001", site_id=rows.site, placement="main", channel="Paid Search")
    await street.look()

    answer = await street.client.get(f"/calltracking/v1/sites/{KEY}.json", headers={"Accept-Encoding": "gzip"})

    hosts = street.app[engine_key].catalogue.value.sites[KEY].hosts
    assert (await answer.json())["channels"] == json.loads(json.dumps(browser_lists(hosts)))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]


async def test_the_table_is_for_the_site_s_own_pages(street: Street, rows: Rows) -> None:
    await rows.add_lines(["+74959990001", "+74959990002"])
    await rows.tell("+74959990001", site_id=rows.site, placement="main", city="Казань")
    await rows.tell("+74959990002", site_id=rows.site, placement="main", source="yandex", campaign="brand")
    await street.look()
    url = f"/calltracking/v1/sites/{KEY}.json"

    answer = await street.client.get(url, headers={"Origin": "https://kazan.shop.example.ru"})

    assert await answer.json() == {
        "v": 1,
        "site": KEY,
        "placements": [{"id": "main", "number": OWN, "selectors": []}],
        "static": [
            {"when": {"campaign": "brand", "source": "yandex"}, "numbers": {"main": "+74959990002"}},
            {"when": {"campaign": "brand", "source": "ya"}, "numbers": {"main": "+74959990002"}},
            {"when": {"city": "Казань"}, "numbers": {"main": "+74959990001"}},
        ],
        "campaigns": list(CAMPAIGNS),
        "robots": ROBOTS,
        "dynamic": ["main"],
        "take": "need",
        "hold": 900,
        "beat": 25,
        "consent": "full",
        "phones": [OWN],
    }
    assert answer.headers["Access-Control-Allow-Origin"] == "https://kazan.shop.example.ru"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert (await street.client.get(url, headers={"Origin": "https://evil.example"})).status == 403
    assert (await street.client.get("/calltracking/v1/sites/nosuchsite01.json")).status == 404


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        (FIREFOX, False),
        ("", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            True,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36", True),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 YaBrowser/25.10.0 Yowser/2.5 Safari/537.36", False),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) YaBrowser/25.1 YaApp_iOS/2025.1 Safari/604.1", False),
        ("Mozilla/5.0 (compatible; YandexMetrika/2.0; +http://yandex.com/bots)", True),
        ("python-requests/2.32", True),
        ("Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", True),
        ("Mozilla/5.0 (compatible; GoogleOther)", True),
        ("Mediapartners-Google", True),
        ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", True),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/142.0 Mobile YandexSearch/25.1 Safari/537.36",
            False,
        ),
        ("ubot/1.0", True),
    ],
)
def test_robots_say_so_and_people_s_browsers_do_not(agent: str, robot: bool) -> None:
    assert is_robot(agent) is robot


def test_an_id_is_good_for_its_site_and_visitor_alone() -> None:
    ids, others = IdMaker(b"1" * 32), IdMaker(b"2" * 32)
    site, other = UUID(int=1), UUID(int=2)
    visitor = ids.visitor(site, 1e9, Grade.FULL)
    visit = ids.visit(site, visitor, 1e9, Grade.LIMITED)

    assert (visitor.version, visit.version) == (7, 7)
    assert ids.visitor_grade(site, visitor) is Grade.FULL
    assert ids.visit_grade(site, visitor, visit) is Grade.LIMITED
    forged: list[Callable[[], Grade | None]] = [
        lambda: ids.visitor_grade(other, visitor),
        lambda: others.visitor_grade(site, visitor),
        lambda: ids.visit_grade(site, other, visit),
        lambda: ids.visitor_grade(site, visit),
    ]
    assert [grade() for grade in forged] == [None] * 4
    today, later, tomorrow = (
        ids.daily(site, "203.0.113.1", FIREFOX, 1e9 + seconds, Grade.FULL) for seconds in (0, 60, 86_400)
    )
    assert today == later != tomorrow


def test_a_bucket_fills_again_and_the_oldest_is_forgotten() -> None:
    buckets = Buckets(Rate(per_second=1, burst=2), most=2)

    assert [buckets.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert buckets.take("a", 1.0)
    assert not buckets.take("a", 0.5)  # a clock set back gives nothing
    assert buckets.take("b", 1.0)
    assert buckets.take("c", 1.0)
    assert buckets.take("a", 1.0)  # forgotten
