"""What may be written on a list by hand, and what never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.spam.guard import Entry, read_entry


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("8 (916) 123-45-67", Entry("+79161234567", whole=True)),
        ("+7 495 123*", Entry("+7495123", whole=False)),
        ("8495123*", Entry("+7495123", whole=False)),
        ("7495123 *", Entry("+7495123", whole=False)),
        ("+49 30 1234*", Entry("+49301234", whole=False)),
        ("+4930123456", Entry("+4930123456", whole=True)),
    ],
)
def test_numbers_and_prefixes(text: str, entry: Entry) -> None:
    assert read_entry(text) == entry
    assert read_entry(str(entry)) == entry


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "fewer than 6 digits"),
        ("00", "fewer than 6 digits"),
        ("000", "fewer than 6 digits"),
        ("000000", "fewer than 6 digits"),
        ("0034*", "fewer than 6 digits"),
        ("+7495*", "fewer than 6 digits"),
        ("*", "fewer than 6 digits"),
        ("", "fewer than 6 digits"),
        ("112", "emergency"),
        ("103", "emergency"),
        ("1012", "fewer than 6 digits"),
        ("123456", "no area code"),
        ("+7*495123", "one star, at its end"),
        ("+7495123?", "one star, at its end"),
        ("003412345*", "no phone number"),
        ("+0491234567", "no phone number"),
        ("1" * 20, "no phone number"),
    ],
)
def test_junk_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_entry(text)


@given(st.text(max_size=20) | st.from_regex(r"[+78]?[0-9]{0,14}[*?]?", fullmatch=True))
def test_whatever_is_written_no_entry_is_wide(text: str) -> None:
    try:
        entry = read_entry(text)
    except ValueError:
        return
    assert entry.prefix[0] == "+"
    assert len(entry.prefix) > 6
    assert entry.prefix[1:].isdecimal()
