"""Between a plan and its form: what is shown is what is saved, and what people type is understood."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from router.plan import Plan, read_plan
from router.planning.desk import chosen
from router.planning.fields import PLACES, PLAN, Field, Kind, Section, sections_of
from router.planning.files import read_file, write_file
from router.planning.forms import Body, paths_of, shown, typed_hours, typed_target, written
from router.planning.forms import Path as Place
from router.planning.words import Names, differences, where_of
from tests.router.company import OFFICE, SERVICE
from tests.router.test_places import PLACED
from trunkline.errors import InvalidInput, Mistake

EXAMPLE = Path(__file__).parents[3] / "config" / "plan.example.toml"
NAMES = Names(
    {"sales": "Продажи", "production": "Производство"}, {"101": "Анна"}, {OFFICE: "Офис"}, {"almaty": "Алматы"}
)


def example() -> Body:
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def filled(body: Body, prefix: Place = ()) -> MultiDict[str]:
    """The form as a browser would send it back untouched."""
    sent: MultiDict[str] = MultiDict()
    fields = {each.path: each for section in sections_of(prefix[0] if prefix else "") for each in section.all_fields()}
    for each in fields.values():
        _fill(sent, each, shown(body, prefix, each))
    return sent


def _fill(sent: MultiDict[str], field: Field, value: Any) -> None:
    match field.kind:
        case Kind.YES:
            if value:
                sent.add(field.path, "on")
        case Kind.MEMBER:
            for member in value:
                sent.add(field.path, member)
        case Kind.DAYS:
            for day, kind in value:
                sent.add(f"{field.path}.date", day)
                sent.add(f"{field.path}.kind", kind)
        case Kind.TARGET | Kind.MEETING:
            choice, other = chosen([("", [("", ""), ("queue:sales", "")])], value)
            sent.add(field.path, choice)
            sent.add(f"{field.path}.other", other)
        case _:
            sent.add(field.path, str(value))


@pytest.mark.parametrize("body", [example(), PLACED, {}], ids=["example", "placed", "empty"])
def test_a_form_sent_back_untouched_means_the_same_plan(body: Body) -> None:
    prefixes: list[Place] = [(), *((kind, name) for kind in PLACES for name in body.get(kind, {}))]
    for prefix in prefixes:
        sections = sections_of(prefix[0] if prefix else "")
        saved, mistakes = written(body, prefix, sections, filled(body, prefix))

        assert mistakes == []
        assert read_plan(saved) == read_plan(body)
        assert differences(body, saved, NAMES) == []


def test_every_field_of_a_plan_can_be_edited() -> None:
    """A new field of router/plan.py needs a row in fields.py."""
    edited = {path.split(".")[0].split("[")[0] for section in PLAN for path in _paths(section)}
    assert edited | set(PLACES) == set(Plan.__dataclass_fields__)


def _paths(section: Section) -> list[str]:
    return [each.path for each in section.all_fields()]


def test_what_a_form_does_not_know_stays() -> None:
    body = example() | {"spam": {"action": "reject", "score": 7}}
    saved, _ = written(body, (), PLAN, filled(body))
    assert saved["spam"]["score"] == 7


def test_emptied_fields_leave_nothing_behind() -> None:
    sent = filled(PLACED, ("lines", SERVICE))
    for name in ("target", "branch"):
        sent[name] = ""
    saved, _ = written(PLACED, ("lines", SERVICE), sections_of("lines"), sent)
    assert saved["lines"][SERVICE] == {}
    assert PLACED["lines"][SERVICE]["target"] == "queue:service"


def test_what_cannot_be_read_is_told_at_once_and_shown_again() -> None:
    sent = filled(example())
    sent["vip_priority"] = "many"
    sent["overflow.wait_seconds"] = "1,5"
    sent.add("days.date", "2026-03-20")
    sent.add("days.kind", "off")
    sent.add("days.date", "2026-03-20")
    sent.add("days.kind", "short")
    saved, mistakes = written(example(), (), PLAN, sent)

    assert {mistake.path for mistake in mistakes} == {"vip_priority", "overflow.wait_seconds", "days.2026-03-20"}
    assert saved["vip_priority"] == "many"
    sent["vip_priority"] = "5 0"
    assert written(example(), (), PLAN, sent)[0]["vip_priority"] == 50


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("8 (495) 123-45-67", "number:+74951234567"),
        ("+7 916 123 45 67", "number:+79161234567"),
        ("101", "extension:101"),
        ("101, 102", "targets:101-102"),
        ("101-102", "targets:101-102"),
        ("voicemail:office", "voicemail:office"),
        ("somewhere", "somewhere"),
        ("", ""),
    ],
)
def test_targets_as_people_type_them(typed: str, target: str) -> None:
    assert typed_target(typed) == target
    if target:
        assert typed_target(chosen([], target)[1]) == target


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("9-18", ["09:00-18:00"]),
        ("9:00–13:00; 14.30 - 18", ["09:00-13:00", "14:30-18:00"]),
        ("", []),
        ("утром", ["утром"]),
    ],
)
def test_hours_as_people_type_them(typed: str, hours: list[str]) -> None:
    assert typed_hours(typed) == hours


def test_differences_in_words() -> None:
    after = copy.deepcopy(example())
    after["classes"]["supplier"] = "queue:sales"
    after["classes"]["partner"] = "extension:101"
    after["hours"]["mon"] = ["09:00-20:00"]
    after["days"] = {"2026-03-20": "off"}
    after["branches"] = {"almaty": {"name": "Алматы", "country": "KZ"}}
    after["lines"] = {OFFICE: {"branch": "almaty"}}
    before = example() | {"lines": {}}

    assert [str(change) for change in differences(before, after, NAMES)] == [
        "Suppliers: queue Производство → queue Продажи",
        "Partners: queue Продажи → Анна (101)",
        "Monday: 09:00-18:00 → 09:00-20:00",
        "Days of our own, 2026-03-20: — → day off",
        "Line +7 495 123-45-67 · Офис — Branch: — → Алматы",
        "Branch Алматы — Name: — → Алматы",
        "Branch Алматы — Production calendar: — → Kazakhstan",
    ]
    assert differences(after, after, NAMES) == []


def test_a_field_no_form_knows_is_named_by_its_path() -> None:
    assert where_of(("spam", "colour"), NAMES) == "spam.colour"
    assert where_of(("debtors", "client", "target"), NAMES) == "Clients, debtors go to"


def test_mistakes_find_their_fields() -> None:
    told = [
        Mistake("hours.mon[0]", "a"),
        Mistake(f"lines.{OFFICE}.hours.mon[1]", "b"),
        Mistake("days.2026-03-20", "c"),
        Mistake("debtors.client", "d"),
    ]
    assert [name for name, _ in paths_of(told, ())] == ["hours.mon", "", "days", "debtors.client"]
    assert [name for name, _ in paths_of(told, ("lines", OFFICE))] == ["", "hours.mon", "", ""]


keys = st.text(min_size=1, max_size=8)
values = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12) | st.lists(st.text(max_size=6), max_size=3),
    lambda part: st.dictionaries(keys, part, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_a_file_written_is_read_back(body: dict[str, Any]) -> None:
    assert read_file("plan.toml", write_file(body, "toml").encode()) == body
    assert read_file("plan.json", write_file(body, "json").encode()) == body


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[", b'{"a": ', b"[]", b"a = ", b" " * (5 << 20)])
def test_what_is_no_plan_is_told(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="file"):
        read_file("plan", content)
