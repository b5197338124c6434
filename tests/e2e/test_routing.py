"""A real Asterisk asks the real product where calls go, and the calls table equals what SIPp did."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from tests.e2e.asterisk import channels, company
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.channels import BANNER, BILLBOARD, KEY, LEASED, PHONES, WAYS, Marketer, call_each
from tests.e2e.asterisk.office import STRANGER, Office, challenge, client, make, phone, talk
from tests.e2e.asterisk.product import Row
from tests.e2e.asterisk.registration import Registration
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.tree import VERSIONS
from tests.e2e.asterisk.visitors import Visitors, website
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_plug import SUPPLIER_AS_THE_TRUNK_SENDS, export, join
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
_CALLED = re.compile(r'^From: (?:"([^"]*)" )?<sip:([^@>]*)', re.MULTILINE)
"""Name and number that a telephone is told."""
on_both = pytest.mark.parametrize("office", VERSIONS, indirect=True)
# Slow ones; on 16 tests/e2e/test_freepbx.py has the same.
on_newest = pytest.mark.parametrize("office", VERSIONS[:1], indirect=True)


@on_both
@pytest.mark.parametrize(
    ("number", "queue", "extension"),
    [
        pytest.param(STRANGER, "sales", 101, id="unknown to sales"),
        pytest.param(company.SUPPLIER, "production", 201, id="supplier to production"),
        pytest.param(company.DEBTOR, "finance", 301, id="debtor to finance"),
        pytest.param("anonymous", "sales", 101, id="anonymous to sales"),
        pytest.param("1&to=2", "sales", 101, id="hostile caller ID"),
    ],
)
def test_class_chooses_the_queue(office: Office, number: str, queue: str, extension: int) -> None:
    (told,) = make(office, phone("phone_answers", extension), client(number=number))

    call = told["call"]
    assert (call["direction"], call["outcome"], call["hung_up_by"]) == ("in", "answered", "caller")
    assert (call["queues"], call["answered_by"], call["rang"]) == ([queue], str(extension), [str(extension)])
    assert call["dialled"] == company.LINE
    assert call["client"] == (number if number.startswith("+") else "")
    assert call["talk_seconds"] == pytest.approx(0.7, abs=1)


@on_both
def test_name_reaches_the_phone(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client(number=company.NAMED))
        (linkedid,) = scene.finish()
        shown = {event["ConnectedLineName"] for event in scene.watcher.events("NewConnectedLine")}

    assert company.NAME in shown
    assert office.product.call(linkedid)["call"]["caller_name"] == company.NAME


@on_both
def test_a_telephone_shows_the_name_in_its_own_way(office: Office) -> None:
    """Latin letters where he asks for them, and none where a colleague's telephone is to show none after him."""
    settings, site = office.product.settings, office.pbx.site
    latin, styles = 'Klient "O\'Tam"', {company.RESPONSIBLE: "latin", company.DEPUTY: "off"}
    company.in_database(settings, lambda connection: _take_names(connection, "Клиент «О'Там»", styles))
    try:
        until(lambda: office.product.route(site, company.KEPT)["caller_name"] == latin, "a name in Latin letters", 15)
        with talk(office.pbx) as scene:
            scene.start(
                phone("phone_rings", int(company.RESPONSIBLE)),
                phone("phone_answers", int(company.DEPUTY)),
                client(number=company.KEPT),
            )
            (linkedid,) = scene.finish()
            rung, answered, _ = (party.messages() for party in scene.parties.running)
    finally:
        as_before = dict.fromkeys(styles, "")
        company.in_database(settings, lambda connection: _take_names(connection, "Kept client", as_before))
        until(
            lambda: office.product.route(site, company.KEPT)["caller_name"] == "Kept client", "the name as before", 15
        )
    assert _CALLED.findall(rung)[0] == ("Klient O`Tam", company.KEPT)
    assert _CALLED.findall(answered)[0] == ("", company.KEPT)
    assert [turn["caller_name"] for turn in office.product.call(linkedid)["decisions"]] == [latin, ""]


async def _take_names(connection: Connection, name: str, styles: Mapping[str, str]) -> None:
    """KEPT is called so, and telephones take names in these ways."""
    statement = "update contacts set name = $2 where id = (select contact_id from contact_phones where number = $1)"
    await connection.execute(statement, company.KEPT, name)
    for extension, style in styles.items():
        await connection.execute("update people set caller_names = $2 where extension = $1", extension, style)


@on_both
def test_spam_meets_the_challenge_and_passes_with_the_digit(office: Office) -> None:
    parties = phone("phone_hangs_up", 101, 800), client("caller_stays", company.SPAMMER)
    told = challenge(office, *parties, press=lambda digit: digit)

    assert (told["call"]["outcome"], told["call"]["answered_by"]) == ("answered", "101")
    assert [decision["rule"] for decision in told["decisions"]] == ["spam", "class"]


@on_both
def test_spam_without_the_digit_is_refused(office: Office) -> None:
    robot = client("caller_stays", company.ROBOT)
    told = challenge(office, robot, press=lambda digit: str((int(digit) + 1) % 10))

    assert (told["call"]["outcome"], told["call"]["rang"]) == ("screened", [])
    assert [decision["rule"] for decision in told["decisions"]] == ["spam", "challenge_failed"]


@on_both
def test_holiday_goes_to_quality(office: Office) -> None:
    settings, site = office.product.settings, office.pbx.site
    company.in_database(settings, lambda connection: company.set_day(connection, "off"))
    try:
        office.product.until_routed(site, STRANGER, "queue", "quality")
        (told,) = make(office, phone("phone_answers", 401), client())
    finally:
        company.in_database(settings, lambda connection: company.set_day(connection, "working"))
        office.product.until_routed(site, STRANGER, "queue", "sales")

    assert (told["call"]["queues"], told["call"]["answered_by"]) == (["quality"], "401")


@on_newest
def test_responsible_first_and_the_queue_when_he_does_not_answer(office: Office) -> None:
    (told,) = make(
        office,
        phone("phone_rings", int(company.RESPONSIBLE)),
        phone("phone_answers", 101),
        client(number=company.KEY_CLIENT, pause=2000),
    )

    call = told["call"]
    assert (call["rang"], call["answered_by"], call["queues"]) == ([company.RESPONSIBLE, "101"], "101", ["sales"])
    assert [decision["rule"] for decision in told["decisions"]][:2] == ["responsible", "class"]


@on_newest
def test_overflow_after_five_seconds(office: Office) -> None:
    (told,) = make(
        office,
        phone("phone_rings", 101),
        phone("phone_rings", 102),
        phone("phone_answers", 201),
        client(pause=8000),
    )

    call = told["call"]
    assert (call["answered_by"], call["queues"], call["rang"]) == ("201", ["sales"], ["101", "102", "201"])
    assert call["wait_seconds"] == pytest.approx(5.5, abs=1.5)


@on_both
def test_a_line_that_is_watched_goes_the_pbxs_way(office: Office) -> None:
    """A supplier calls both lines at once: whatever the plan says of suppliers, the PBX's own queue rings."""
    told = make(
        office,
        phone("phone_answers", 101),
        phone("phone_answers", 102),
        client(number=company.SUPPLIER, line=company.OBSERVED, pause=2000),
        client(number=company.SUPPLIER, line=company.ADVISED, pause=2000, at="caller2"),
    )

    lines = {one["call"]["dialled"]: one for one in told}
    decided = {number: [(d["rule"], d["action"]) for d in one["decisions"]] for number, one in lines.items()}
    assert decided == {number: [("mode", "default")] for number in (company.OBSERVED, company.ADVISED)}
    assert [one["call"]["queues"] for one in told] == [["sales"]] * 2
    assert {one["call"]["answered_by"] for one in told} == {"101", "102"}
    advised = {number: one["decisions"][0]["advised"] for number, one in lines.items()}
    assert advised[company.OBSERVED] is None
    assert [advised[company.ADVISED][name] for name in ("rule", "action", "target")] == ["class", "queue", "production"]


@on_both
def test_who_is_on_a_break_is_not_rung_and_his_deputy_is(office: Office) -> None:
    settings, site = office.product.settings, office.pbx.site
    agent, deputy = company.RESPONSIBLE, company.DEPUTY
    ringing = client(number=company.KEPT)
    company.in_database(settings, lambda connection: company.set_presence(connection, agent, "break"))
    try:
        office.product.until_routed(site, company.KEPT, "extension", deputy)
        (away,) = make(office, phone("phone_answers", int(deputy)), ringing)
    finally:
        company.in_database(settings, lambda connection: company.set_presence(connection, agent, "online"))
        office.product.until_routed(site, company.KEPT, "extension", agent)
    (back,) = make(office, phone("phone_answers", int(agent)), ringing)

    assert (away["call"]["rang"], away["call"]["answered_by"]) == ([deputy], deputy)
    assert [decision["rule"] for decision in away["decisions"]] == ["deputy"]
    assert (back["call"]["rang"], back["call"]["answered_by"]) == ([agent], agent)
    assert [decision["rule"] for decision in back["decisions"]] == ["responsible"]


@on_newest
def test_whom_a_stranger_last_talked_with_rings_first_for_as_many_days_as_the_plan_says(office: Office) -> None:
    settings, site = office.product.settings, office.pbx.site
    waits, stranger = (client(number="+79161119922", pause=pause) for pause in (6500, 1000))
    again = int(company.RESPONSIBLE)
    publish = partial(company.publish, responsible={"classes": ["client"], "ring_seconds": 5, "last_talk_days": 3})
    company.in_database(settings, publish)
    try:
        (first,) = make(office, phone("phone_rings", 101), phone("phone_answers", again), waits)
        office.product.until_routed(site, stranger.number, "extension", company.RESPONSIBLE)
        (second,) = make(office, phone("phone_answers", again), stranger)
        company.in_database(settings, partial(_days_pass, number=stranger.number, days=3))
        office.product.until_routed(site, stranger.number, "queue", "sales")
    finally:
        company.in_database(settings, company.publish)
        office.product.until_routed(site, stranger.number, "queue", "sales")

    assert (first["call"]["rang"], first["call"]["answered_by"]) == (["101", company.RESPONSIBLE], company.RESPONSIBLE)
    assert [decision["rule"] for decision in first["decisions"]] == ["class"]
    assert (second["call"]["rang"], second["call"]["queues"]) == ([company.RESPONSIBLE], [])
    assert [decision["rule"] for decision in second["decisions"]] == ["last_talk"]


async def _days_pass(connection: Connection, number: str, days: int) -> None:
    """As if this number's last talk had been so many days earlier."""
    await connection.execute(
        "update last_talks set at = at - make_interval(days => $2) where number = $1", number, days
    )


@on_both
def test_calls_at_once_never_ring_the_same_agent(office: Office) -> None:
    """Calls to a team within a few milliseconds, again until two of them wanted the same telephone."""
    together = _times(client(line=company.TEAM_LINE, pause=300), 3)
    for _ in range(10):
        told = make(office, *(phone("phone_answers", extension) for extension in (101, 102, 103)), together)

        assert sorted(one["call"]["rang"] for one in told) == [["101"], ["102"], ["103"]]
        linkedids = [one["call"]["linkedid"] for one in told]
        if company.in_database(office.product.settings, partial(_met, linkedids=linkedids)):
            return
    pytest.fail("in ten times no call wanted a telephone reserved for another")


async def _met(connection: Connection, linkedids: list[str]) -> bool:
    """Whether one of these calls had to be decided again because another was faster."""
    statement = "select exists (select from decisions where linkedid = any ($1) and facts ? 'reserved')"
    return bool(await connection.fetchval(statement, linkedids))


@on_both
def test_a_phone_that_signs_off_is_not_offered(office: Office) -> None:
    """Signed on it rings; signed off, its agent is offline and his deputy rings at once."""
    own, deputy = company.NOMADS_AGENT, company.DEPUTY
    with Registration(office.pbx.site, int(own)) as telephone:
        telephone.sign_on()
        office.product.until_routed(office.pbx.site, company.NOMAD, "extension", own)
        (reached,) = make(office, phone("phone_answers", int(own)), client(number=company.NOMAD))
        telephone.sign_off()
        office.product.until_routed(office.pbx.site, company.NOMAD, "extension", deputy)
        (gone,) = make(office, phone("phone_answers", int(deputy)), client(number=company.NOMAD))

    assert (reached["call"]["rang"], reached["call"]["answered_by"]) == ([own], own)
    assert (gone["call"]["rang"], gone["call"]["answered_by"]) == ([deputy], deputy)
    (decision,) = gone["decisions"]
    looked = {row["rule"]: row["used"] for row in decision["trace"]}
    assert (decision["rule"], looked["responsible"]["state"], looked["responsible"]["presence"]) == (
        "deputy",
        "unavailable",
        "offline",
    )


@on_both
def test_fifty_calls_at_once(office: Office) -> None:
    together = 50
    wide = company.WIDE_LINE
    answering, calling = phone("phone_answers", 104), client(pause=3000, line=wide)
    with talk(office.pbx) as scene:
        scene.start(_times(answering, together), _times(calling, together))
        until(lambda: _most_up(scene.watcher.events()) >= 2 * together, "fifty calls to be up at once", 20)
        linkedids = scene.finish()

    told = [office.product.call(linkedid)["call"] for linkedid in linkedids]
    assert len(told) == together
    assert {(call["outcome"], call["answered_by"], call["hung_up_by"]) for call in told} == {
        ("answered", "104", "caller")
    }


@on_newest
@pytest.mark.timeout(240)
def test_each_call_is_told_under_the_channel_its_visitor_came_by(office: Office) -> None:
    """A visitor from each channel sees a number in Chromium, SIPp calls it, the report has it under that channel."""
    company.in_database(office.product.settings, channels.settle)
    marketer = Marketer(office.product, "auditor")
    marketer.until_served(KEY)
    office.product.until_routed(office.pbx.site, company.SUPPLIER, "extension", "104", line=BILLBOARD)
    try:
        with website(marketer.script, KEY, PHONES) as address, Visitors() as visitors:
            numbers = visitors.see(address, list(WAYS.values()), PHONES)
            assert numbers[-1] == BANNER
            assert len({*numbers[:-1]} & {*LEASED}) == len(WAYS) - 1
            call_each(office, [*numbers, BILLBOARD])
            marketer.until_told(dict.fromkeys([*WAYS, "Offline"], (1, 1)))
            assert marketer.explained() == sorted(zip([*numbers, BILLBOARD], [*WAYS, "Offline"], strict=True))
            text = visitors.read(f"{marketer.pages}/reports/channels?days=7", marketer.cookie)
            led = _led_by_its_site(office, numbers[0])
    finally:
        company.in_database(office.product.settings, company.publish)

    assert (led["call"]["queues"], led["call"]["answered_by"]) == (["production"], "201")
    assert led["decisions"][0]["rule"] == "lease"
    for words in ("Organic search", "Paid search", "Organic social", "AI assistant", "Display", "Offline"):
        assert words in text


@on_both
def test_the_plug_is_pulled(office: Office) -> None:
    """The last test here: Trunkline exported and died; a supplier rings production, a stranger the line's queue."""
    export(office)
    office.product.kill()

    supplier = join(office.pbx, 201, SUPPLIER_AS_THE_TRUNK_SENDS)
    stranger = join(office.pbx, 101, STRANGER)
    on_a_line_for_all = join(office.pbx, 101, company.SUPPLIER, company.WIDE_LINE)

    assert [queue for queue, _ in (supplier, stranger, on_a_line_for_all)] == ["production", "sales", "sales"]
    assert max(seconds for _, seconds in (supplier, stranger, on_a_line_for_all)) < 1.0


def _led_by_its_site(office: Office, number: str) -> Row:
    """A stranger calls the number a visitor holds, once the site names a queue for its visitors' calls."""
    named = "update tracking_sites set queue_id = 'production'"
    company.in_database(office.product.settings, lambda connection: connection.execute(named))
    office.product.until_routed(office.pbx.site, STRANGER, "queue", "production", line=number)
    (told,) = make(office, phone("phone_answers", 201), client(line=number))
    return told


def _times(party: Party, calls: int) -> Party:
    return replace(party, calls=calls, rate=25 if calls > 10 else 1000)


def _most_up(events: list[Message]) -> int:
    up, most = 0, 0
    for event in events:
        up += {"Newchannel": 1, "Hangup": -1}.get(event["Event"], 0)
        most = max(most, up)
    return most
