"""Every spelling of a number becomes one value (pbx.md §5.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.calls import phone
from trunkline.calls.phone import NamedKind, Number, format_number, parse, parse_dialled, short_digits

MOSCOW_MOBILE = "+79161234567"

SAME_MOBILE = [
    "+79161234567",
    "79161234567",
    "89161234567",
    "9161234567",
    " 79161234567",  # "+" of an unescaped query
    "+7 (916) 123-45-67",
    "8 (916) 123-45-67",
    "8-916-123-45-67",
    "8.916.123.45.67",
    "+7\u00a0916\u00a0123‑45‑67",
    "\u202a+79161234567\u202c",
    "８９１６１２３４５６７",
    "810 7 916 123 45 67",
    "0079161234567",
    "+8 916 123 45 67",
    "+7 (8 916) 123-45-67",
    "tel:+7-916-123-45-67",
    "tel:+79161234567;ext=12",
    "sip:+79161234567@10.0.0.1:5060;user=phone",
    '"Иванов Пётр" <+79161234567>',
    "<sip:89161234567@pbx.example>",
    "+7 916 123-45-67 доб. 12",
    "8 916 123 45 67, доб 12",
    "+79161234567 ext. 12a",
    "+79161234567x5",
    "+79161234567#5",
    "'+79161234567'",
    79161234567,
    89161234567,
    9161234567,
    79161234567.0,
    "79161234567.0",
]


@pytest.mark.parametrize("raw", SAME_MOBILE)
def test_every_spelling_is_one_number(raw: object) -> None:
    assert parse(raw) == MOSCOW_MOBILE


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("8 800 555-35-35", "+78005553535"),
        ("88005553535", "+78005553535"),
        ("8005553535", "+78005553535"),
        ("84951234567", "+74951234567"),
        ("77012345678", "+77012345678"),
        ("80001234567", "+70001234567"),  # in no range, yet one value with +70001234567: the spam list may hold it
        ("70001234567", "+70001234567"),
        ("+70001234567", "+70001234567"),
        ("+49 30 1234567", "+49301234567"),
        ("8104930123456", "+4930123456"),
        ("375291234567", "+375291234567"),
        ("380441234567", "+380441234567"),
        ("81312345678", "+81312345678"),  # Tokyo: 813… is no Russian area
        ("+6834000", "+6834000"),
    ],
)
def test_other_numbers(raw: object, number: str) -> None:
    assert parse(raw) == number


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (NamedKind.SHORT, ["101", "10-1", "12345", "01", 101, "112", "tel:101;phone-context=+7495"]),
        (NamedKind.INTERNAL, ["123456", "123-45-67", "12345678", 1234567]),
        (
            NamedKind.ANONYMOUS,
            ["", " ", None, "anonymous", "Anonymous", "Restricted", "unknown", "<unknown>", "sip:anonymous@x.invalid"],
        ),
        (
            NamedKind.INVALID,
            ["1&to=2", "1", "0", "00", "000000", "+7916123456", "+791612345678", "+0123456789", "8-800-FLOWERS", True],
        ),
        (
            NamedKind.INVALID,
            ["79161234567a", "Иванов", "7.9E+10", "9" * 200, "١٢٣", -5, float("nan"), float("inf"), 1.5, [], {}],
        ),
    ],
)
def test_named_kinds(kind: NamedKind, spellings: list[object]) -> None:
    assert [raw for raw in spellings if parse(raw) is not kind] == []


@pytest.mark.parametrize("dialled", ["112", "101", "102", "103", "104", "01", "03"])
def test_emergency_only_when_dialled(dialled: str) -> None:
    assert parse_dialled(dialled) is NamedKind.EMERGENCY
    assert parse(dialled) is NamedKind.SHORT


def test_dialled_numbers_are_numbers() -> None:
    assert parse_dialled("8 916 123 45 67") == MOSCOW_MOBILE


@pytest.mark.parametrize(
    ("raw", "digits"), [("10-1", "101"), (101, "101"), ("+101", ""), ("1", ""), ("89161234567", "")]
)
def test_short_digits(raw: object, digits: str) -> None:
    assert short_digits(raw) == digits


def test_other_regions_read_their_own_spelling() -> None:
    assert parse("8 029 123 45 67", region="BY") == "+375291234567"
    assert parse("8 727 250 12 34", region="KZ") == "+77272501234"
    assert parse("101", region="BY") is NamedKind.SHORT


def test_format_is_for_people() -> None:
    assert format_number(Number("+79161234567")) == "+7 916 123-45-67"
    assert format_number(Number("+78005553535")) == "8 800 555-35-35"
    assert format_number(Number("+49301234567")) == "+49 30 1234567"


def test_mask_hides_the_middle() -> None:
    assert phone.mask("+79161234567") == "+7916***4567"


russian = st.from_regex(r"\+7[0-9]{10}", fullmatch=True)
foreign = st.from_regex(r"\+[1-689][0-9]{6,14}", fullmatch=True)


@given(russian | foreign)
def test_a_number_is_its_own_spelling_and_survives_formatting(text: str) -> None:
    number = parse(text)
    assert not isinstance(number, NamedKind)
    assert parse(number) == number
    assert parse(format_number(number)) == number


@given(st.from_regex(r"[3-46-9][0-9]{9}", fullmatch=True), st.sampled_from(["8", "7", "+7", "", "8107", "007"]))
def test_prefixes_do_not_matter(national: str, prefix: str) -> None:
    assert parse(prefix + national) == "+7" + national


@given(st.from_regex(r"[0-9]{2,8}", fullmatch=True))
def test_short_numbers_never_become_e164(digits: str) -> None:
    assert isinstance(parse(digits), NamedKind)


@given(
    st.text()
    | st.integers()
    | st.floats()
    | st.none()
    | st.booleans()
    | st.text(alphabet="+0123456789 -()<>;:@#,.xext=tel")
    | st.binary()
)
def test_any_input_has_an_answer_and_answers_are_fixed_points(raw: object) -> None:
    answer = parse(raw)
    if not isinstance(answer, NamedKind):
        assert parse(answer) == answer
        assert 7 <= len(answer) - 1 <= 15
