"""A mapping file: what it may say, where it is wrong, and the body it makes."""

import contextlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.generic.fields import FIELDS, Of
from crm_sync.generic.mapping import LARGEST, Rule, example, read_mapping
from crm_sync.generic.reading import record_of
from crm_sync.generic.shaping import body_of, value_of
from tests.crm_sync.generic_scene import MOSCOW
from trunkline.errors import InvalidInput

AT = datetime(2026, 11, 28, 10, 0, 5, tzinfo=UTC)
WRONG: dict[str, tuple[str, str, str]] = {
    "no TOML": ("[out]\nbody = \n", "line 2", "Invalid value"),
    "said twice": ('[out.fields]\na = "key"\na = "key"', "line 3", "Cannot overwrite a value"),
    "filled twice": ('[out.fields]\n"a.b" = "key"\na.b = "key"', "line 3", "filled twice"),
    "a name within a value": ('[out.fields]\na = "key"\n"a.b" = "key"', "line 3", "filled twice"),
    "unknown field": ('[out]\n\n[out.fields]\na = "call.nope"', "line 4", "'call.nope' is no field"),
    "unknown field in a table": ('[out.fields.a]\nfrom = "call.nope"', "line 2", "is no field"),
    "unknown setting": ('[out]\nevnts = ["call.ended"]', "line 2", "no such setting"),
    "unknown table": ("[outside]\na = 1", "line 1", "no such setting"),
    "unknown event": ('[out]\nevents = ["call.over"]', "line 2", "list of some of"),
    "a number for a field": ("[out.fields]\na = 3", "line 2", "must be a field in quotes"),
    "from and constant": ('[out.fields]\na = {from = "key", constant = 1}', "line 2", "either from or constant"),
    "format of text": ('[out.fields]\na = {from = "call.agent", format = "unix"}', "line 2", "has no format"),
    "format of a phone": ('[out.fields]\na = {from = "call.client", format = "iso"}', "line 2", "e164, digits"),
    "format of a moment": ('[out.fields]\na = {from = "at", format = "digits"}', "line 2", "iso, unix"),
    "table of a moment": ('[out.fields]\na = {from = "at", table = {x = 1}}', "line 2", "no table of values"),
    "table of tables": ('[out.fields]\na = {from = "key", table = {x = [1]}}', "line 2", "table of values"),
    "otherwise alone": ('[out.fields]\na = {from = "key", otherwise = 1}', "line 2", "for what a table"),
    "unknown entity": ("[in.cats]\nfields = {}", "line 1", "no such setting"),
    "unknown field of ours": ('[in.deals.fields]\nexternal_id = "id"\nsize = "x"', "line 3", "no such setting"),
    "no id": ('[in.deals.fields]\ntitle = "x"', "line 1", "external_id is needed"),
    "no phones": ('[in.contacts.fields]\nexternal_id = "id"', "line 1", "phones is needed"),
    "another host": (
        '[in.deals.fields]\nexternal_id = "id"\n[in.deals.pull]\nurl = "http://10.0.0.1/"', "line 4", "own host",
    ),
    "another host in disguise": (
        '[in.deals.fields]\nexternal_id = "id"\n[in.deals.pull]\nurl = "//evil.example/"', "line 4", "own host",
    ),
    "two ways on": (
        '[in.deals.fields]\nexternal_id = "id"\n[in.deals.pull]\nurl = "/x"\nnext = "n"\npage = "p"',
        "line 6", "either by next or by page",
    ),
    "too long": ("#" * (LARGEST + 1), "line 1", "too long"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_line(case: str) -> None:
    text, line, words = WRONG[case]
    with pytest.raises(InvalidInput) as raised:
        read_mapping(text)
    assert any(one.path == line and words in one.message for one in raised.value.mistakes), raised.value.mistakes


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        read_mapping('[out]\nbody = "xml"\nevents = 1\n[out.fields]\na = "x"\nb = "y"')
    assert [one.path for one in raised.value.mistakes] == ["line 3", "line 2", "line 5", "line 6"]


@pytest.mark.parametrize("name", ["default", "netcat"])
def test_what_comes_with_trunkline_is_right(name: str) -> None:
    shape = read_mapping(example(name))
    assert shape.events
    assert shape.rules
    assert "contacts" in shape.entities


def test_the_sample_of_netcat_is_the_one_that_comes_with_trunkline() -> None:
    sample = Path(__file__).parents[2] / "docs" / "samples" / "netcat.toml"
    assert sample.read_text(encoding="utf-8") == example("netcat")


def test_the_default_tells_every_field() -> None:
    told = {rule.field for rule in read_mapping("").rules}
    assert FIELDS.keys() - told == {"call.agent_email"}


VALUES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "text": ({"field": "call.agent"}, "Анна", "Анна"),
    "nothing": ({"field": "call.agent"}, None, None),
    "constant": ({"constant": 5}, "x", 5),
    "iso": ({"field": "at"}, AT, "2026-11-28T13:00:05+03:00"),
    "unix": ({"field": "at", "format": "unix"}, AT, 1795860005),
    "pattern": ({"field": "at", "format": "%d.%m.%Y %H:%M"}, AT, "28.11.2026 13:00"),
    "e164": ({"field": "call.client"}, "+79161234567", "+79161234567"),
    "digits": ({"field": "call.client", "format": "digits"}, "+79161234567", "79161234567"),
    "national": ({"field": "call.client", "format": "national"}, "+79161234567", "89161234567"),
    "national abroad": ({"field": "call.client", "format": "national"}, "+4930123456", "4930123456"),
    "table": ({"field": "call.outcome", "table": {"missed": 0}}, "missed", 0),
    "not in the table": ({"field": "call.outcome", "table": {"missed": 0}}, "answered", "answered"),
    "otherwise": ({"field": "call.outcome", "table": {"missed": 0}, "otherwise": 9}, "answered", 9),
    "otherwise of nothing": ({"field": "call.outcome", "table": {"missed": 0}, "otherwise": 9}, None, 9),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_is_written_as_the_rule_says(case: str) -> None:
    said, value, expected = VALUES[case]
    rule = Rule(("a",), **said)
    assert value_of(rule, {rule.field: value}, MOSCOW) == expected


def test_a_form_keeps_names_whole_and_json_nests_them() -> None:
    fields = (
        '[out.fields]\n"call.phone" = "call.client"\nall = "call.extensions"\nno = "call.agent"\n'
        "yes = {constant = true}"
    )
    facts = {"call.client": "+7 1", "call.extensions": ["101", "102"]}
    form = body_of(read_mapping(f'[out]\nbody = "form"\n{fields}'), facts, MOSCOW)
    assert form == ("application/x-www-form-urlencoded", b"call.phone=%2B7+1&all=101%2C102&no=&yes=1")
    kind, body = body_of(read_mapping(fields), facts, MOSCOW)
    assert kind == "application/json"
    assert msgspec.json.decode(body) == {
        "call": {"phone": "+7 1"}, "all": ["101", "102"], "no": None, "yes": True,
    }  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=20)))
def test_whatever_is_known_makes_a_body(known: dict[str, str]) -> None:
    facts = {name: value for name, value in known.items() if FIELDS[name] is not Of.MOMENT}
    for name in ("default", "netcat"):
        _kind, body = body_of(read_mapping(example(name)), facts, MOSCOW)
        assert body


@given(st.text(max_size=200))
def test_no_file_breaks_the_reading(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(InvalidInput):
            read_mapping(text)
    else:
        with contextlib.suppress(InvalidInput):
            read_mapping(text)


ROWS: dict[str, tuple[str, Any, dict[str, str]]] = {
    "as it is": ('version = "v"', {"id": 7, "v": 3}, {"external_id": "7", "version": "3"}),
    "within": ('title = "a.b"', {"id": "7", "a": {"b": "x"}}, {"external_id": "7", "title": "x"}),
    "missing": ('title = "a.b"', {"id": "7", "a": []}, {"external_id": "7", "title": ""}),
    "first of a list": ('title = "a.0"', {"id": "7", "a": ["x"]}, {"external_id": "7", "title": "x"}),
    "constant": ("stage = {constant = 5}", {"id": "7"}, {"external_id": "7", "stage": "5"}),
    "table": ('stage = {from = "s", table = {"1" = "new"}}', {"id": 1, "s": 1}, {"external_id": "1", "stage": "new"}),
    "moment": (
        'opened_at = {from = "d", format = "%d.%m.%Y"}', {"id": 1, "d": "28.11.2026"},
        {"external_id": "1", "opened_at": "2026-11-28T00:00:00+03:00"},
    ),
    "version of a moment": (
        'version = {from = "d", format = "unix"}', {"id": 1, "d": 1795860005.5},
        {"external_id": "1", "version": "1795860005500"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_row_of_theirs_fills_our_fields(case: str) -> None:
    fields, row, expected = ROWS[case]
    shape = read_mapping(f'[in.deals.fields]\nexternal_id = "id"\n{fields}')
    assert record_of(row, shape.entities["deals"], MOSCOW) == expected


def test_a_moment_that_is_written_otherwise_is_told() -> None:
    shape = read_mapping('[in.deals.fields]\nexternal_id = "id"\nopened_at = {from = "d", format = "%d.%m.%Y"}')
    with pytest.raises(ValueError, match=r"d: 'x' is not written as %d.%m.%Y"):
        record_of({"id": 1, "d": "x"}, shape.entities["deals"], MOSCOW)
