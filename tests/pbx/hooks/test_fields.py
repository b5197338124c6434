"""Fields are read however a provider writes them, and no body makes the reading raise."""

from urllib.parse import unquote_plus, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.fields import mapping_of, number_of, text_of, unescaped
from trunkline.pbx.hooks.record import HookRecord, pack_hook, unpack_hook
from trunkline.pbx.hooks.request import HookRequest

_FORM = "application/x-www-form-urlencoded"
_PARTS = b'--real\r\nContent-Disposition: form-data; name="event"\r\n\r\nNOTIFY_START\r\n--real\r\n' + (
    'Content-Disposition: form-data; name="who"\r\n\r\nИванов\r\n--real--\r\n'.encode()
)


def _request(content_type: str, body: bytes, query: str = "") -> HookRequest:
    return HookRequest(query=query, headers={"content-type": content_type}, body=body)


@pytest.mark.parametrize(
    ("content_type", "body", "fields"),
    [
        (_FORM, b"event=NOTIFY_END&caller_id=%2B79161234567&empty=", {"event": "NOTIFY_END", "empty": ""}),
        (_FORM, b"wait_dtmf[name]=spam&wait_dtmf[digits]=7", {"wait_dtmf": {"name": "spam", "digits": "7"}}),
        (_FORM, b'{"event":"x","n":7}', {"event": "x", "n": 7}),
        ("application/json", b"event=x", {"event": "x"}),
        # pbx.md §1.1 [T]: the boundary of the header is not the body's
        ("multipart/form-data; boundary=other", _PARTS, {"event": "NOTIFY_START", "who": "Иванов"}),
        (_FORM, _PARTS, {"event": "NOTIFY_START", "who": "Иванов"}),
        ("text/plain", b"", {}),
        ("application/json", b"[1,2]", {"[1,2]": ""}),
    ],
)
def test_the_body_says_how_it_is_written(content_type: str, body: bytes, fields: dict[str, object]) -> None:
    assert fields.items() <= dict(_request(content_type, body).fields).items()


def test_a_field_of_the_body_stands_over_one_of_the_query() -> None:
    request = _request(_FORM, b"event=body", "event=query&zd_echo=1")

    assert (request.text("event"), request.text("zd_echo"), request.text("nothing")) == ("body", "1", "")


@given(st.binary(max_size=300), st.sampled_from(["", _FORM, "multipart/form-data", "application/json"]), st.text())
def test_no_body_makes_reading_raise(body: bytes, content_type: str, query: str) -> None:
    request = _request(content_type, body, query)

    for name in request.fields:
        assert isinstance(request.text(name), str)


def test_values_are_taken_as_people_send_them() -> None:
    assert (text_of(7), text_of(None), text_of(" a "), text_of(True), text_of({})) == ("7", "", "a", "1", "")
    assert (number_of("12.5"), number_of(""), number_of("nan")) == (12.5, None, None)
    assert mapping_of('{"digits":"7"}') == {"digits": "7"} == mapping_of({"digits": "7"})
    assert mapping_of("[") == {}


def test_a_record_is_read_back_as_the_request_it_was() -> None:
    record = HookRecord("cloud", "zadarma", 1_772_435_700_000_000, _FORM, "POST", "/a", "b=1", b"event=x")
    request = unpack_hook(pack_hook(record)).request

    assert (request.path, request.text("event"), request.text("b")) == ("/a", "x", "1")
    assert unpack_hook(pack_hook(record)).id == record.id


_ESCAPES = st.sampled_from(
    ("%2B", "%2b", "%00", "%7f", "%80", "%D0%98", "%d0", "%", "%4", "%zz", "%-1", "+", "a", "\u0418", "%25")
)


@given(st.lists(_ESCAPES, max_size=8).map("".join))
def test_escapes_are_read_as_by_the_library(text: str) -> None:
    """Our way for ASCII, and theirs for the rest, make one."""
    assert HookRequest(query=f"name={text}").text("name") == unquote_plus(text, errors="replace").strip()


_OF_JSON = st.sampled_from(
    ("%", "2", "22", "%22", "%2522", "%3A", "%3a", "%7B", "B", "%32", "%5D", "%2C", "\u0418", "+", '"')
)


@given(st.lists(st.one_of(_ESCAPES, _OF_JSON), max_size=12).map("".join))
def test_json_in_a_form_is_read_as_by_the_library(text: str) -> None:
    """What is taken out at once joins nothing to a new escape."""
    assert unescaped(text.encode()) == unquote_to_bytes(text.replace("+", " "))
