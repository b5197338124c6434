"""Sipuni's statistics: how they are asked for and signed, what columns of several years tell, and its recordings.

Columns and lines have the form of tables public clients kept in 2015 and use now [T]; the numbers are made up.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from tests.fakes.sipuni import CALL, IN, LINE_ONLY, end
from tests.pbx.ten_calls import CLIENT, LINE, START, records
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.history import HostedRecording, Row, Trouble, record_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.sipuni import PROVIDER
from trunkline.pbx.sipuni.history import HISTORY

SECOND = 1_000_000
DAY = 86_400 * SECOND
ACCOUNT = Account("cloud", {"api_user": "012345"}, {"api_key": "key"})
OLD = (
    "Тип;Статус;Время;Схема;Откуда;Куда;Кто ответил;Продолжительность звонка;Продолжительность разговора;"
    "Время ответа;Оценка;ID записи;Метка;ID заказа звонка;;\n"
)
ANSWERED = "исходящий;отвечен;08.10.2015 16:31:03;Москва;101;89160000009;;180;171;9;;1444311063.117599;; \n"
IN_VAIN = "\tисходящий;не отвечен;08.10.2015 11:20:37;Москва;101;79160000009;;41;;;;1444292437.110169;;\n"
CAPTURED = 1_444_311_063 * SECOND


def asked(since: int, until: int) -> ApiRequest:
    return next(HISTORY.rows(ACCOUNT, since, until, {}))


def rows(body: bytes, since: int, until: int, status: int = 200) -> Mapping[str, Row]:
    talk = HISTORY.rows(ACCOUNT, since, until, {})
    next(talk)
    with pytest.raises(StopIteration) as done:
        talk.send(ApiAnswer(status, body))
    return {one.call: one for one in done.value.value}


def summary(row: Row, received: int) -> Summary:
    steps = told_by(record_of("cloud", "sipuni", row, ACCOUNT.settings, received))
    return summary_of(advance(Call("cloud", row.call), *sorted(steps, key=lambda one: one.order)))


def test_it_is_asked_for_by_days_and_signed() -> None:
    request = asked(START, START + 3600 * SECOND)
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))

    assert (request.method, request.url) == ("POST", "https://sipuni.com/api/statistic/export")
    assert (fields["from"], fields["to"], fields["user"]) == ("06.08.2026", "06.08.2026", "012345")
    # computed with OpenSSL over the values in the order of their names, joined by "+", and the key
    assert fields["hash"] == "81413c9258e9fb8bf116a65b781a5fc4"


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (0, ("06.08.2026", "06.08.2026")),
        (10, ("06.08.2026", "07.08.2026")),  # 19:00 UTC is tomorrow in Kamchatka
        (14, ("07.08.2026", "07.08.2026")),  # 23:00 UTC is tomorrow in Kaliningrad already
        (-9, ("06.08.2026", "06.08.2026")),  # 00:00 UTC: nowhere in Russia is it yesterday
    ],
)
def test_the_cabinets_day_is_asked_for_whatever_its_zone(at: int, days: tuple[str, str]) -> None:
    fields = parse_qs(asked(START + at * 3600 * SECOND, START + at * 3600 * SECOND).body.decode())
    assert (fields["from"][0], fields["to"][0]) == days


def test_columns_of_2015() -> None:
    found = rows((OLD + ANSWERED + IN_VAIN).encode(), CAPTURED - DAY, CAPTURED + DAY)
    answered, in_vain = (summary(found[call], CAPTURED + DAY) for call in ("1444311063.117599", "1444292437.110169"))

    assert (answered.direction, answered.caller, answered.dialled) == (Direction.OUT, "101", "+79160000009")
    assert (answered.outcome, answered.talk, answered.started_at) == (Outcome.ANSWERED, 171, CAPTURED + 1)
    assert answered.ended_at == CAPTURED + 180 * SECOND
    assert in_vain.outcome is Outcome.MISSED


@pytest.mark.parametrize(
    "broken",
    [
        b'\t"\xd0\xb8;\xd0;;;\n',
        b'a;"b" c;d\n',
        b"\xff\xfe;;\n",
        b"a\x00;b\x85;c\x0c\n",
        b"\n;\n",
        b'"' + b"x" * 200_000 + b";\n",
    ],
    ids=["a quote that never ends", "text behind a quote", "no UTF-8", "strange signs", "empty", "an endless field"],
)
@pytest.mark.parametrize("head", [OLD, ";".join(f'"{one}"' for one in OLD.strip().split(";")) + "\r\n"])
def test_a_line_that_cannot_be_read_costs_no_other(broken: bytes, head: str) -> None:
    whole = [(head + ANSWERED).encode(), IN_VAIN.encode()]
    found = rows(broken.join(whole), CAPTURED - DAY, CAPTURED + DAY)

    assert [*found] == ["1444311063.117599", "1444292437.110169"]


def test_a_field_may_be_quoted_and_hold_an_end_of_line() -> None:
    quoted = ANSWERED.replace("Москва", '"Москва;\r\n ""А"""')
    assert [*rows((OLD + quoted).encode(), CAPTURED, CAPTURED)] == ["1444311063.117599"]


def test_of_a_day_those_within_the_bounds_are_taken() -> None:
    body = (OLD + ANSWERED + IN_VAIN).encode()
    assert [*rows(body, CAPTURED - SECOND, CAPTURED + SECOND)] == ["1444311063.117599"]
    assert not rows(body, CAPTURED + SECOND, CAPTURED + DAY)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("входящий;отвечен;;;79160000004;74951234567;070196201;68;0:01:00;8", (Direction.IN, CLIENT, LINE, "201", 60)),
        ("входящий;отвечен;;;79160000004;74951234567_id265648;201;68;01:00;", (Direction.IN, CLIENT, LINE, "201", 60)),
        ("входящий;не отвечен;;;89160000004;84951234567;;20;;", (Direction.IN, CLIENT, LINE, "", 0)),
        ("внутренний;отвечен;;;070196#101;102;102;28;20;8", (Direction.INTERNAL, "101", "102", "102", 20)),
    ],
    ids=["the account before the extension", "a mark behind the line", "national numbers", "internal"],
)
def test_how_ends_are_spelled(line: str, wanted: tuple[Direction, str, str, str, int]) -> None:
    found = rows(f"{OLD}{line};;1786006800.1;;\n".encode(), START, START)["1786006800.1"]
    record = record_of("cloud", "sipuni", found, {"api_user": "070196"}, START + DAY)
    call = summary_of(advance(Call("cloud", found.call), *sorted(told_by(record), key=lambda one: one.order)))

    assert (call.direction, call.caller, call.dialled, call.answered_by, call.talk) == wanted


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"<html>Sipuni</html>", 200, "no table of calls: look at the account's number and the key"),
        (b"", 200, "no table of calls"),
        (OLD.encode("cp1251"), 200, "no table of calls"),
        (OLD.replace("ID записи", "Запись").encode(), 200, "no table of calls"),
        (b'{"success":false,"message":"wrong hash"}', 200, "it answers: wrong hash"),
        (OLD.encode(), 500, "HTTP 500"),
        (OLD.encode(), 403, "refuses our key"),
    ],
)
def test_what_is_no_table_is_trouble(body: bytes, status: int, why: str) -> None:
    talk = HISTORY.rows(ACCOUNT, START, START, {})
    next(talk)
    with pytest.raises(Trouble, match=why) as error:
        talk.send(ApiAnswer(status, body))
    assert error.value.refused is (status == 403 or b"hash" in body)


def test_of_a_line_twice_the_answered_one_counts_and_one_without_an_id_none() -> None:
    in_vain = ANSWERED.replace("отвечен", "не отвечен").replace(";171;9", ";;")
    found = rows((OLD + ANSWERED + in_vain + ANSWERED.replace("1444311063.117599", "")).encode(), CAPTURED, CAPTURED)
    assert {one.told["line"]["Статус"] for one in found.values()} == {"отвечен"}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("exists", "wanted"), [("1", True), ("", True), ("0", False), ("нет", False)], ids=["yes", "not told", "0", "no"]
)
def test_a_recording_of_a_line(exists: str, wanted: bool) -> None:
    line = {"Тип": "входящий", "Статус": "отвечен", "Длительность звонка": "68", "Длительность разговора": "60"}
    told = {"line": {**line, "ID записи": CALL, "Запись существует": exists}}
    found = recordings_of(record_of("cloud", "sipuni", Row(CALL, START, told), {}, START + DAY))
    assert found == ((HostedRecording(CALL, CALL, CALL),) if wanted else ())


def event(status: str, **more: str) -> HookRecord:
    (record,) = records(PROVIDER, [end(67, status, {**IN, **LINE_ONLY, **more}, 7)], {})
    return record


def test_a_recording_of_an_event() -> None:
    # as captured [T]: the link names the recording; it comes with calls nobody answered too
    query = urlencode({"id": "1786006800.533590", "hash": "ab" * 16, "user": "070196"})
    link = f"https://sipuni.com/api/crm/record?{query}"
    told = (HostedRecording(CALL, CALL, "1786006800.533590", link),)

    assert recordings_of(event("ANSWER", call_record_link=link)) == told
    assert recordings_of(event("NOANSWER", call_record_link=link)) == ()
    assert recordings_of(event("ANSWER")) == ()
    assert recordings_of(event("ANSWER", call_record_link="http://[")) == (
        HostedRecording(CALL, CALL, CALL, "http://["),
    )


def test_the_address_of_a_recording_is_signed() -> None:
    with pytest.raises(StopIteration) as done:
        next(HISTORY.link(ACCOUNT, "1444311063.117599", {}))
    url = urlsplit(done.value.value)

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://sipuni.com/api/statistic/record"
    # computed with OpenSSL: id, user and the key, joined by "+"
    assert parse_qs(url.query) == {
        "id": ["1444311063.117599"],
        "user": ["012345"],
        "hash": ["4bf1c4b494f574784913536bd99c9049"],
    }


def test_it_says_what_it_lacks() -> None:
    assert HISTORY.lacks(ACCOUNT) == ()
    assert HISTORY.lacks(Account("cloud", {"api_user": " "})) == ("Number of the account", "Key of its API")
