"""What is seen of HTML, also of what is none; and that nothing in it takes long."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.mailboxes.letter import MOST_BYTES
from trunkline.mailboxes.markup import html_text

SEEN = [
    ("<p>Цена&nbsp;окна?</p>", "\nЦена окна?\n"),
    ("a<img alt=\"x > y\" src='<b>'>b", "ab"),
    (f'a<img src="data:image/png;base64,{"A" * 9000}">b', "ab"),
    ('a<p style=font:"x>b', "a\nb"),
    ("1 < 2 <3", "1 < 2 <3"),
    ("a<!-- <p>no</p> > -->b<!DOCTYPE html>c<?xml no?>d", "abcd"),
    ("a<!-- no end", "a"),
    ("a<SCRIPT>if (1<2) '<script>'</Script >b", "ab"),
    ("<head><title>x</title><style>p{}</style></head>b<style>p{}", "b"),
    ("<td>a</td><td>b", " a b"),
    ("a<br/>b<BR>c</br>d", "a\nb\ncd"),
    (f"&#{'9' * 5000};", f"&#{'9' * 5000};"),
    ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
]


@pytest.mark.parametrize(("html", "seen"), SEEN)
def test_what_is_seen(html: str, seen: str) -> None:
    assert html_text(html) == seen


@given(st.text(alphabet="<>/!-?\"'& ;#aptds9\n", max_size=200))
def test_anything_is_read(html: str) -> None:
    assert isinstance(html_text(html), str)


EVIL = ["<a ", "<a '", '<a "', "<!--", "<!", "<?", "</", "<script>", "<a\"'", "<a x='\"' ", "&", "<p\t", "<a ''"]


@pytest.fixture
def patience() -> Iterator[None]:
    """What takes ten seconds of this process takes for ever: the library's parser takes minutes."""

    def enough(*_said: object) -> None:
        raise TimeoutError("it takes for ever")

    before = signal.signal(signal.SIGPROF, enough)
    signal.setitimer(signal.ITIMER_PROF, 10)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("piece", EVIL)
def test_nothing_takes_for_ever(piece: str) -> None:
    assert isinstance(html_text(piece * (MOST_BYTES // len(piece))), str)
