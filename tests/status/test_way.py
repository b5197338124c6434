"""The first steps: where each stands by what there is, as a table; nothing here touches a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from trunkline.pbx.hooks.port import Verdict
from trunkline.status.way import STEPS, WAY, Progress, is_step, progress, standings, step_at
from trunkline.status.way_facts import MOST_COUNTED, CrmFact, Facts, FileFact, PbxFact, SiteFact
from trunkline.status.way_seen import State

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ID = UUID(int=7)


def before(**ago: float) -> datetime:
    return NOW - timedelta(**ago)


def pbx(**more: object) -> PbxFact:
    return PbxFact(**{"id": "office", "name": "Office", "kind": "asterisk", **more})  # type: ignore[arg-type]


def cloud(**more: object) -> PbxFact:
    return pbx(kind="zadarma", **more)


def fits(days: float, **more: object) -> PbxFact:
    return cloud(verdict=Verdict.FITS, heard_at=before(days=days), **more)


def calls(number: int, **first: float) -> Facts:
    return Facts(calls=number, first_call=before(**first), last_call=before(minutes=2))


def file(state: str) -> FileFact:
    return FileFact(id=ID, state=state, name="base.csv")


def site(placements: int = 1, visited: datetime | None = None, host: str = "doors.ru") -> SiteFact:
    return SiteFact(key="doors", name="Doors", host=host, placements=placements, visited_at=visited)


def crm(*, active: bool, connected: bool) -> CrmFact:
    return CrmFact(id=ID, name="portal", active=active, connected=connected)


OLD = site(visited=before(days=3))
HEARD = pbx(heard_at=before(seconds=3))
OPEN, UNDER_WAY, DONE = State.OPEN, State.UNDER_WAY, State.DONE

CASES = [
    # step, facts, state, a part of what is said, the first link
    ("pbx", Facts(), OPEN, "No PBX is connected", "/setup"),
    ("pbx", Facts(pbxs=(pbx(),)), UNDER_WAY, "Office is not heard yet", "/setup?check=office"),
    ("pbx", Facts(pbxs=(pbx(trouble="it refuses us"),)), UNDER_WAY, "it refuses us", "/setup?check=office"),
    ("pbx", Facts(pbxs=(pbx(heard_at=before(seconds=31)),)), UNDER_WAY, "not been heard for 31", "/setup?check=office"),
    ("pbx", Facts(pbxs=(pbx(heard_at=before(seconds=30)),)), DONE, "Office is heard.", "/setup?check=office"),
    ("pbx", Facts(pbxs=(HEARD, pbx(id="b", name="B"))), UNDER_WAY, "B is not heard yet", "/setup?check=b"),
    ("pbx", Facts(pbxs=(HEARD, HEARD)), DONE, "2 PBXs are heard.", "/setup"),
    ("pbx", Facts(pbxs=(pbx(),), links_known=False), UNDER_WAY, "while Valkey is away", "/setup?check=office"),
    ("pbx", Facts(pbxs=(cloud(),)), UNDER_WAY, "No request of Office has come yet", "/settings/pbxs/office"),
    ("pbx", Facts(pbxs=(cloud(verdict=Verdict.FORGED),)), UNDER_WAY, "a wrong secret", "/settings/pbxs/office"),
    ("pbx", Facts(pbxs=(cloud(verdict=Verdict.GREETING),)), UNDER_WAY, "reaches us", "/settings/pbxs/office"),
    ("pbx", Facts(pbxs=(fits(2),)), DONE, "2 days ago", "/settings/pbxs/office"),
    ("pbx", Facts(pbxs=(fits(0, trouble="no key"),)), UNDER_WAY, "no key", "/settings/pbxs/office"),
    ("calls", Facts(), OPEN, "No call was heard yet", ""),
    ("calls", Facts(pbxs=(HEARD,)), OPEN, "No call was heard yet", ""),
    ("calls", calls(142, hours=2), DONE, "142 calls since 10:00, the last 2 min ago", "/calls"),
    ("calls", calls(1, days=9), DONE, "1 call since yesterday 12:00", "/calls"),
    ("calls", Facts(last_call=before(days=1, hours=1)), DONE, "the last one yesterday 11:00", "/calls"),
    ("contacts", Facts(), OPEN, "Nobody is known yet", "/contacts/import"),
    ("contacts", Facts(contacts_file=file("running")), UNDER_WAY, "base.csv is being read", f"/contacts/import/{ID}"),
    ("contacts", Facts(contacts_file=file("mapping")), UNDER_WAY, "what its columns hold", f"/contacts/import/{ID}"),
    ("contacts", Facts(contacts_file=file("previewed")), UNDER_WAY, "before you say so", f"/contacts/import/{ID}"),
    ("contacts", Facts(contacts_file=file("failed")), UNDER_WAY, "did not go in", f"/contacts/import/{ID}"),
    ("contacts", Facts(contacts_file=file("done")), UNDER_WAY, "nothing of it was taken", f"/contacts/import/{ID}"),
    ("contacts", Facts(contacts_file=file("cancelled")), OPEN, "Nobody is known yet", "/contacts/import"),
    ("contacts", Facts(contacts=14_500, contacts_file=file("failed")), DONE, "14,500 contacts.", "/contacts/import"),
    ("contacts", Facts(contacts=MOST_COUNTED), DONE, "More than 100,000.", "/contacts/import"),
    ("spam", Facts(), OPEN, "No number is known for spam", "/spam/import"),
    ("spam", Facts(spam=1), DONE, "1 number or range.", "/spam/import"),
    ("lines", Facts(), OPEN, "No lines yet", "/lines/new"),
    ("lines", Facts(strange=5), OPEN, "5 numbers that were called", "/lines/unknown"),
    ("lines", Facts(strange=1, modes={"observe": 2}), UNDER_WAY, "2 lines. 1 number that was called", "/lines/unknown"),
    ("lines", Facts(modes={"observe": 2}, last_call=NOW), DONE, "Every called number is known.", "/lines"),
    ("sites", Facts(), OPEN, "No site has our script", "/sites/new"),
    ("sites", Facts(sites=(site(0),)), UNDER_WAY, "Doors has no numbers yet", "/sites/doors"),
    ("sites", Facts(sites=(site(visited=NOW), site())), UNDER_WAY, "Nobody came to Doors", "/sites/doors"),
    ("sites", Facts(sites=(site(visited=before(minutes=5)), OLD)), DONE, "2 sites, the last visitor 5 min", "/sites"),
    ("people", Facts(people=1, extensions=1), OPEN, "Nobody is here but you", "/settings/people/new"),
    ("people", Facts(people=3), UNDER_WAY, "3 people, 0 with extensions", "/settings/people"),
    ("people", Facts(people=3, extensions=1), DONE, "3 people, 1 with an extension", "/settings/people"),
    ("crm", Facts(), OPEN, "No CRM is connected", "/settings/crm"),
    ("crm", Facts(crms=(crm(active=False, connected=False),)), UNDER_WAY, "not signed in at", f"/settings/crm/{ID}"),
    ("crm", Facts(crms=(crm(active=False, connected=True),)), UNDER_WAY, "switched off", f"/settings/crm/{ID}"),
    ("crm", Facts(crms=(crm(active=True, connected=True),)), DONE, "portal: connected", "/settings/crm"),
    ("modes", Facts(), OPEN, "no lines to lead yet", ""),
    ("modes", Facts(modes={"observe": 3}), OPEN, "Observed: 3, advised: 0, routed: 0", "/lines?mode=observe"),
    ("modes", Facts(modes={"observe": 2, "advise": 1}), UNDER_WAY, "Observed: 2, advised: 1", "/lines?mode=advise"),
    ("modes", Facts(modes={"observe": 2, "route": 1}), UNDER_WAY, "routed: 1", "/lines?mode=observe"),
    ("modes", Facts(modes={"route": 1_300}), DONE, "routed: 1,300", "/lines"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "facts", "state", "told", "first"), CASES)
def test_each_step_stands_by_what_there_is(key: str, facts: Facts, state: State, told: str, first: str) -> None:
    standing = next(one for one in standings(facts, NOW) if one.step.key == key)
    seen = standing.seen

    assert (seen.state, told in seen.told) == (state, True), seen.told
    assert (seen.onward[0].href if seen.onward else "") == first
    assert bool(seen.todo) is (state is not DONE), "what is done asks for nothing, anything else says what to do"
    left = next(one for one in standings(_with(facts, key), NOW) if one.step.key == key).seen
    assert left.state is (DONE if state is DONE else State.LEFT), "what was left out and is done after all is done"
    assert (left.told, left.todo) == (seen.told, "")


def _with(facts: Facts, *left: str) -> Facts:
    return Facts(**{name: getattr(facts, name) for name in facts.__struct_fields__} | {"left": frozenset(left)})


def test_the_first_that_waits_is_next_and_the_end_is_counted() -> None:
    keys = [step.key for step in STEPS]
    nothing = standings(Facts(), NOW)
    assert [one.step.key for one in nothing if one.is_next] == ["pbx"]
    assert progress(nothing) == Progress(0, 9)
    some = standings(_with(Facts(pbxs=(HEARD,)), "calls"), NOW)
    assert [one.step.key for one in some if one.is_next] == ["contacts"]
    assert progress(some) == Progress(2, 9)
    over = standings(_with(Facts(), *keys), NOW)
    assert (progress(over).is_over, [one for one in over if one.is_next]) == (True, [])
    assert not progress(standings(_with(Facts(), WAY), NOW)).is_over, "that they are over is no step's state"


def test_a_check_is_offered_where_a_host_can_be_opened() -> None:
    def links(host: str) -> list[str]:
        seen = standings(Facts(sites=(site(host=host),)), NOW)[5].seen
        return [one.href for one in seen.onward]

    assert links("doors.ru") == ["/sites/doors", "https://doors.ru/?trunkline=explain"]
    assert links("окна.рф".encode("idna").decode())[1:] == ["https://xn--80atjc.xn--p1ai/?trunkline=explain"]
    assert [links(host) for host in ("*.doors.ru", "127.0.0.1", "localhost")] == [["/sites/doors"]] * 3


@pytest.mark.parametrize(
    ("path", "key"),
    [("/setup", "pbx"), ("/contacts/import/7", "contacts"), ("/lines", "lines"), ("/linesmen", ""), ("/settings", "")],
)
def test_a_page_belongs_to_a_step(path: str, key: str) -> None:
    found = step_at(path)

    assert (found[1].key if found else "") == key
    assert [is_step(name) for name in ("pbx", WAY, "", "nothing")] == [True, True, False, False]
