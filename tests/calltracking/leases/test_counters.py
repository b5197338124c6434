"""Cookies of counters in every form they are known in: gtag's before 2025 and since, with and without `%24`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltracking.leases.counters import MOST_STREAMS, Counted, read_cookies

_GS2 = "_ga_ABC1234567=GS2.1.s1746825440$o7$g1$t1746825443$j57$l0$h0"


@pytest.mark.parametrize(
    ("cookies", "found"),
    [
        ([], Counted()),
        (["_ym_uid=1764200000123456789"], Counted(ym="1764200000123456789")),
        (["_ga=GA1.1.123456.1746825440"], Counted(ga="123456.1746825440")),
        (["_ga=GA1.2.123456.1746825440"], Counted(ga="123456.1746825440")),
        (["_ga=GA1.1-2.123456.1746825440"], Counted(ga="123456.1746825440")),
        (["_ga_ABC1234567=GS1.1.1746825440.7.1.1746825443.57.0.0"], Counted(sessions="ABC1234567=1746825440")),
        (["_ga_ABC1234567=GS1.2.1746825440.1"], Counted(sessions="ABC1234567=1746825440")),
        ([_GS2], Counted(sessions="ABC1234567=1746825440")),
        ([_GS2.replace("$", "%24")], Counted(sessions="ABC1234567=1746825440")),
        (["_ga_ABC1234567=GS2.1.o7$s1746825440$g1"], Counted(sessions="ABC1234567=1746825440")),
        (["_ga_ABC1234567=GS2.1.o7%24s1746825440%24g1"], Counted(sessions="ABC1234567=1746825440")),
        ([_GS2, "_ga_DEF9=GS1.1.1746825999.1", _GS2], Counted(sessions="ABC1234567=1746825440 DEF9=1746825999")),
        ([_GS2, "_ga=GA1.1.1.2", "_ym_uid=3"], Counted(ym="3", ga="1.2", sessions="ABC1234567=1746825440")),
        (["_ga_ABC1234567=GS3.1.s1746825440"], Counted()),
        (["_ga_ABC1234567=GS1.1.today.1"], Counted()),
        (["_ga_ABC1234567=GS1.1.1746825440746825440.1"], Counted()),
        (["_ga_abc=GS1.1.1746825440.1", "_gat_UA-1=1", "_gac_G=1.2", "_ga=amp-x", "_ym_uid=x"], Counted()),
    ],
)
def test_every_form_is_read(cookies: list[str], found: Counted) -> None:
    assert read_cookies(cookies) == found


@given(st.lists(st.text(max_size=200) | st.just(_GS2) | st.integers().map(lambda n: f"_ga_A{n:05}=GS1.1.1746825440.1")))
def test_what_is_kept_is_short_and_plain(cookies: list[str]) -> None:
    """Whatever a stranger sends: digits, dots, upper-case streams, and not much of it."""
    found = read_cookies(cookies)
    assert len(found.sessions) <= MOST_STREAMS * 34
    assert len(found.ym) <= 30
    assert len(found.ga) <= 41
    assert (found.sessions + found.ym + found.ga).isascii()
