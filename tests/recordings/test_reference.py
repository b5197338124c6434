"""What a provider's answers mean, what its links may be, and when it is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from yarl import URL

from recordings.recording import Stop, suffix_of
from recordings.reference import Unfetched, file_of, is_text, led, may_be_sound, status_of_link, status_of_sound
from recordings.stopping import FILES, LINKS, Spacing, again
from trunkline.errors import InvalidInput
from trunkline.pbx.linked import (
    LinkById,
    check_link,
    is_address,
    is_recording_id,
    link_by_id,
    pointed,
    told_of_link,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("waited", "pause", "seconds"),
    [
        (timedelta(), 0, 10),
        (2 * MINUTE, 0, 30),
        (5 * MINUTE, 0, 60),
        (15 * MINUTE, 0, 1800),
        (timedelta(hours=23), 0, 1800),
        (timedelta(days=1), 0, None),
        (timedelta(), 120, 120),
        (timedelta(), 1e9, 3600),
        (timedelta(days=1), 120, None),
    ],
)
def test_a_provider_is_asked_again(waited: timedelta, pause: float, seconds: float | None) -> None:
    assert again(LINKS, NOW - waited, NOW, pause) == seconds


@given(some.timedeltas(timedelta(), timedelta(days=2)), some.sampled_from([FILES, LINKS]))
def test_it_is_asked_ever_more_seldom_and_given_up_once(waited: timedelta, spacing: Spacing) -> None:
    sooner, later = again(spacing, NOW - waited, NOW), again(spacing, NOW - waited - MINUTE, NOW)

    assert later is None or (sooner is not None and sooner <= later)
    assert (sooner is None) is (waited >= timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "sound", "link"),
    [
        (404, Stop.LATE, Stop.LATE),
        (202, Stop.LATE, Stop.LATE),
        (403, Stop.ENDED, Stop.UNAUTHORISED),
        (401, Stop.ENDED, Stop.UNAUTHORISED),
        (410, Stop.ENDED, Stop.LATE),
        (429, Stop.UNREACHED, Stop.UNREACHED),
        (500, Stop.UNREACHED, Stop.UNREACHED),
        (302, Stop.UNREACHED, Stop.UNREACHED),
    ],
)
def test_statuses(status: int, sound: Stop, link: Stop) -> None:
    assert (status_of_sound(status), status_of_link(status)) == (sound, link)


def test_what_may_be_sound() -> None:
    for kind in ("audio/mpeg", "AUDIO/x-wav; rate=8000", "video/mp4", "application/octet-stream", ""):
        assert may_be_sound(kind), kind
    for kind in ("text/html; charset=utf-8", "application/json", "image/png", "application/xhtml+xml", "audio"):
        assert not may_be_sound(kind), kind
    for begin in (b"\n <!DOCTYPE html>", b"\xef\xbb\xbf<html>", b'{"error": 1}', b"<?xml version"):
        assert is_text(begin), begin
    for begin in (b"RIFF", b"ID3", b"OggS", b"<\x7f\x00", b"{\x00\x01"):
        assert not is_text(begin), begin


def test_each_recording_has_a_name_of_its_own() -> None:
    link = "https://p.example/files/talk.mp3?sign=secret"
    names = [
        *(file_of("1", link), file_of("2", link), file_of("", link), file_of("", link + "2")),
        *(file_of("", "https://p.example/"), file_of("", "https://p.example/?id=1")),
    ]

    assert file_of("1", "") == file_of("1", link)
    assert len(set(names)) == len(names)
    assert not any("secret" in name for name in names)
    assert (suffix_of(names[2]), names[2].endswith("/talk.mp3")) == (".mp3", True)
    assert len(file_of("", "https://p.example/" + "x" * 1900)) < 200


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/b?c=%2B", "https://p.example/b?c=%2B"),
        ("https://q.example/b", "https://q.example/b"),
        ("http://p.example/b", None),
        ("file:///etc/passwd", None),
        ("", "https://p.example/a"),
        ("https://u:p@q.example/", None),
        ("https://q.example:x/", None),
    ],
)
def test_where_a_redirect_leads(location: str, there: str | None) -> None:
    here = URL("https://p.example/a")
    if there is None:
        with pytest.raises(Unfetched):
            led(here, location)
    else:
        assert str(led(here, location)) == there


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        (LinkById("https://p.example/r/{id}/link", "/data/0/url", "X-API-Key"), []),
        (LinkById("https://p.example/r?id={id}"), []),
        (LinkById("https://p.example/r"), ["link"]),
        (LinkById("https://p.example/{id}/{id}"), ["link"]),
        (LinkById("https://{id}.example/r"), ["link"]),
        (LinkById("https://p.example:{id}/r"), ["link"]),
        (LinkById("https://p.example/r#{id}"), ["link"]),
        (LinkById("ftp://p.example/{id}"), ["link"]),
        (LinkById("https://u@p.example/{id}", "data", "X Key"), ["link", "at", "header"]),
        (LinkById("https://p.example/{id}", "/a~2"), ["at"]),
    ],
)
def test_how_a_provider_is_asked(link: LinkById, wrong: list[str]) -> None:
    assert link_by_id(told_of_link(link)) == link
    if not wrong:
        check_link(link)
        return
    with pytest.raises(InvalidInput) as error:
        check_link(link)
    assert [mistake.path for mistake in error.value.mistakes] == wrong


def test_an_id_stays_within_its_place() -> None:
    link = LinkById("https://p.example/r/{id}/link?x=1")
    for identifier in ("a/b", "../..", "?x", "#", "%2e", "a b", "ключ"):
        url = URL(link.address_of(identifier), encoded=True)
        assert (url.host, url.raw_path.startswith("/r/"), url.raw_path.endswith("/link")) == ("p.example", True, True)
    assert [is_recording_id(text) for text in ("1.2", ".", "..", "", " 1", "a\n", "x" * 201)] == [True] + [False] * 6
    assert not any(map(is_address, ("https://", "https://a b/", "javascript:1", "https://x/" + "a" * 2000, "//x")))
    assert link_by_id({}) is None
    assert link_by_id(told_of_link(None)) is None


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/data/url", "there"),
        ("/list/1/url", "second"),
        ("/a~1b/~0", "odd"),
        ("/data/none", None),
        ("/list/2", None),
        ("/list/x", None),
        ("/data/url/more", None),
    ],
)
def test_what_a_pointer_names(pointer: str, found: str | None) -> None:
    document = {"data": {"url": "there"}, "list": [{}, {"url": "second"}], "a/b": {"~": "odd"}}
    assert pointed(document, pointer) == found
