"""Each vendor's documented limits (calltracking.md §4.1 to §4.3 and §4.8), and the bytes that are sent."""

import csv
import io
from datetime import date
from typing import Any

import msgspec
import pytest
from yarl import URL

from calltracking.exports import ga4, vk
from calltracking.exports.conversion import Conversion, Target
from calltracking.exports.destination import KINDS, DestinationFields, checked
from calltracking.exports.gathering import batches
from calltracking.exports.metrica import MetricaCalls, MetricaConversions, Uploading
from calltracking.exports.metrica_counts import counts_request, read_counts
from trunkline.errors import InvalidInput
from trunkline.ids import uuid7

AT = 1_795_000_000.0
CALL = Conversion(
    subject="call:01", kind="call", at=AT, client="+79161234567", line="+74951234567", site="Окна", page="https://www.example.ru/a?b=c,\"d",
    ym="1764200000123456789", ga="123456.7654321", yclid="77", rb_clickid="AbC-1", talk_seconds=95, hold_seconds=7,
)  # fmt: skip


def call(**more: Any) -> Conversion:
    return msgspec.structs.replace(CALL, **more)


def rows_of(body: bytes) -> list[dict[str, str]]:
    """The file inside a multipart body."""
    file = body.decode().split("\r\n\r\n", 1)[1].rsplit("\r\n--", 1)[0]
    return list(csv.DictReader(io.StringIO(file)))


def test_google_is_sent_what_its_reference_shows() -> None:
    """§4.1: the address, client_id, timestamp_micros, consent, the event; never the caller's number."""
    sent = ga4.GoogleAnalytics().request(Target("G-ABC123", "phone_call", "s&cret"), [CALL], "x")

    assert sent.url == "https://www.google-analytics.com/mp/collect?measurement_id=G-ABC123&api_secret=s%26cret"
    assert "s%26cret" not in sent.shown
    body = msgspec.json.decode(sent.body)
    assert (body["client_id"], body["timestamp_micros"]) == ("123456.7654321", 1_795_000_000_000_000)
    assert body["consent"] == {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}
    assert body["events"][0]["name"] == "phone_call"
    assert body["events"][0]["params"]["engagement_time_msec"] == 95_000
    assert body["events"][0]["params"]["page_location"] == "https://www.example.ru/a"
    assert b"9161234567" not in sent.body


@pytest.mark.parametrize(
    ("sessions", "found"),
    [
        ("", None),
        ("ABC123=1746825440", "1746825440"),
        ("DEF456=1746825999 ABC123=1746825440", "1746825440"),
        ("DEF456=1746825999", None),
    ],
)
def test_google_is_told_the_session_of_its_own_stream(sessions: str, found: str | None) -> None:
    """§4.1: session_id and engagement_time_msec, or an event is in no session and in no real-time report."""
    sent = ga4.GoogleAnalytics().request(Target("G-ABC123", "phone_call", "s"), [call(ga_sessions=sessions)], "x")

    params = msgspec.json.decode(sent.body)["events"][0]["params"]
    assert params.get("session_id") == found
    assert params["engagement_time_msec"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"events": []}, "at most 25"),
        ({"events": [{"name": "a", "params": {}}] * 26}, "at most 25"),
        ({"events": [{"name": "a", "params": {f"p{place}": 1 for place in range(26)}}]}, "at most 25"),
        ({"events": [{"name": "a" * 41, "params": {}}]}, "no name"),
        ({"events": [{"name": "session_start", "params": {}}]}, "no name"),
        ({"events": [{"name": "google_a", "params": {}}]}, "no name"),
        ({"events": [{"name": "1a", "params": {}}]}, "no name"),
        ({"events": [{"name": "a", "params": {"ga_x": 1}}]}, "no name of a parameter"),
        ({"events": [{"name": "a", "params": {"x": "y" * 101}}]}, "longer than 100"),
        ({"client_id": "1" * 130_001}, "at most 130000"),
    ],
)
def test_google_s_limits_hold(change: dict[str, Any], said: str) -> None:
    """§4.1: 25 events, 25 parameters, names of 40, values of 100, 130 kB, reserved names and prefixes."""
    with pytest.raises(ValueError, match=said):
        ga4.encoded({"client_id": "1.2", "events": [{"name": "a", "params": {}}]} | change)


def test_google_takes_three_days_and_its_own_id() -> None:
    """§4.1: backdating of at most 72 hours."""
    google = ga4.GoogleAnalytics()

    assert google.unfit(CALL, AT + 72 * 3600) == ""
    assert google.unfit(CALL, AT + 72 * 3600 + 1) == "too_old"
    assert google.unfit(call(ga="1764"), AT) == "no_client_id"


def test_metrica_is_sent_calls_as_its_reference_names_the_columns() -> None:
    """§4.2: one family of ids, Unix seconds, dots and no spaces, the token in a header."""
    target = Target("12345", "call", "t0ken", "https://calls.example.ru")
    sent = MetricaCalls().request(
        target, [CALL, call(subject="call:02", missed=True, first=False, talk_seconds=0)], "x"
    )

    base = "https://api-metrika.yandex.net/management/v1/counter/12345/offline_conversions/upload_calls"
    assert sent.url == f"{base}?comment=Trunkline%20x"
    assert sent.headers["Authorization"] == "OAuth t0ken"
    assert "t0ken" not in repr(sent)
    assert rows_of(sent.body) == [
        {
            "ClientId": "1764200000123456789", "DateTime": "1795000000", "StaticCall": "0",
            "PhoneNumber": "+79161234567",
            "TalkDuration": talk, "HoldDuration": "7", "CallMissed": missed, "Tag": "call +74951234567",
            "FirstTimeCaller": first,
            "URL": 'https://www.example.ru/a?b=c,"d', "CallTrackerURL": f"https://calls.example.ru/calls/{identifier}",
        }
        for talk, missed, first, identifier in (("95", "0", "1", "01"), ("0", "1", "0", "02"))
    ]  # fmt: skip


def test_metrica_s_rules_hold() -> None:
    """§4.2, §4.3: 21 days, the past only, one family a file."""
    calls, forms = MetricaCalls(), MetricaConversions()

    assert calls.unfit(CALL, AT + 21 * 86_400) == ""
    assert calls.unfit(CALL, AT + 21 * 86_400 + 1) == "too_old"
    assert calls.unfit(CALL, AT - 1) == "not_yet"
    assert calls.unfit(call(ym="", yclid=""), AT) == "no_client_id"
    assert calls.unfit(call(client="100"), AT) == "no_number"
    assert calls.family(call(ym="")) == "Yclid"
    with pytest.raises(ValueError, match="all with ClientId"):
        calls.request(Target("1", "c"), [CALL, call(ym="")], "x")
    with pytest.raises(ValueError, match="1 to 10000"):
        calls.request(Target("1", "c"), [CALL] * 10_001, "x")
    sent = forms.request(Target("1", "lead", "t"), [call(ym="", kind="form")], "x")
    assert "/offline_conversions/upload?" in sent.url
    assert rows_of(sent.body) == [{"Yclid": "77", "Target": "lead", "DateTime": "1795000000"}]


def test_metrica_joins_what_it_took_once_it_is_done() -> None:
    assert Uploading(1, 430, 430, 0, "MATCHED").joined is None
    assert Uploading(1, 430, 430, 412, "PROCESSED").joined == 412
    assert Uploading(1, 430, 430, None, "PROCESSED").joined is None
    assert Uploading(1, 430, 430, 0, "LINKAGE_FAILURE").joined == 0


def test_metrica_tells_its_own_count_by_the_tag_of_each_line() -> None:
    """`stat/v1/data`: one row a day and tag; names are null where Metrica knows none."""
    asked = counts_request(Target("12345", "call", "t0ken"), date(2026, 11, 6), date(2026, 11, 27))
    tags = ["call +74951234567", "call +74950000000", "call", "other +74951234567", "call 4951234567", None]
    rows = [{"dimensions": [{"name": "2026-11-26"}, {"name": tag}], "metrics": [3.0]} for tag in tags]

    assert asked.headers["Authorization"] == "OAuth t0ken"
    assert URL(asked.url).query == {
        "ids": "12345", "metrics": "ym:s:offlineCalls", "dimensions": "ym:s:date,ym:s:offlineCallTag",
        "date1": "2026-11-06", "date2": "2026-11-27", "accuracy": "full", "limit": "100000",
    }  # fmt: skip
    assert read_counts(msgspec.json.encode({"data": rows, "total_rows": 6, "sampled": False}), "call") == {
        (date(2026, 11, 26), "+74951234567"): 3,
        (date(2026, 11, 26), "+74950000000"): 3,
    }
    for nonsense in (b"", b"{}", b'{"data": [{"dimensions": [], "metrics": [1]}]}', b'{"data": [{"metrics": ["x"]}]}'):
        with pytest.raises(ValueError, match="no table"):
            read_counts(nonsense, "call")


def test_vk_is_hit_with_the_click() -> None:
    """§4.8: the pixel, the goal, rb_clickid."""
    ads = vk.VkAds()

    sent = ads.request(Target("777", "call"), [CALL], "x")
    assert (sent.method, sent.url) == ("GET", "https://top-fwz1.mail.ru/tracker?id=777;e=RG%3A0/call;rb_clickid=AbC-1")
    assert ads.unfit(call(rb_clickid=""), AT) == "no_click_id"
    assert ads.unfit(call(rb_clickid="a;e=RG"), AT) == "no_click_id"


def test_rows_of_one_family_go_together() -> None:
    ids = [uuid7(AT + place) for place in range(5)]
    fit = list(zip("aabab", ids, strict=True))

    assert batches(fit, 2) == [[ids[0], ids[1]], [ids[3]], [ids[2], ids[4]]]


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("ga4", {"account": "UA-1"}, "account"),
        ("ga4", {"goal": "session_start"}, "goal"),
        ("ga4", {"active": True}, "active"),
        ("ga4", {"secret": ""}, "secret"),
        ("metrica_calls", {"account": "1/../2"}, "account"),
        ("metrica_calls", {"goal": "a b"}, "goal"),
        ("vk", {"account": "1;e=RG"}, "account"),
        ("vk", {"least": 101}, "least"),
        ("vk", {"secret": "секрет"}, "secret"),
        ("nobody", {}, "kind"),
    ],
)
def test_a_wrong_destination_is_told_where(kind: str, change: dict[str, Any], field: str) -> None:
    accounts = {"ga4": "G-ABC123"}
    told = DestinationFields(kind=kind, name="x", account=accounts.get(kind, "123"), goal="call", secret="s")

    with pytest.raises(InvalidInput) as refused:
        checked(msgspec.structs.replace(told, **change), None)

    assert [mistake.path for mistake in refused.value.mistakes] == [field]
    assert kind == "nobody" or checked(told, None).kind in KINDS
