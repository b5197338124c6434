"""Who is really calling, and under which host name we answer; pure."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from trunkline.web.redirect import HOME, safe_next
from trunkline.web.security import FORWARDING_HEADERS, Perimeter, host_name, is_our_host, peer_of

PERIMETER = Perimeter.of(["10.0.0.2", "127.0.0.1", "fd00::/8"], ["Calls.example.com"])


@pytest.mark.parametrize(
    ("remote", "headers", "address", "secure"),
    [
        ("192.0.2.7", {}, "192.0.2.7", False),
        ("::ffff:192.0.2.7", {}, "192.0.2.7", False),
        ("fe80::1%eth0", {}, "fe80::1", False),
        ("", {}, None, False),
        # A stranger's headers count for nothing but for being there.
        ("192.0.2.7", {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}, "192.0.2.7", False),
        ("10.0.0.2", {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}, "198.51.100.1", True),
        # Only the right-most hop that is no proxy of ours is known; what stands left of it is the client's word.
        ("10.0.0.2", {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}, "198.51.100.1", False),
        ("10.0.0.2", {"X-Forwarded-For": "198.51.100.1, fd00::5"}, "198.51.100.1", False),
        ("10.0.0.2", {"X-Forwarded-For": "rubbish"}, None, False),
        ("10.0.0.2", {"X-Real-IP": "198.51.100.1"}, "10.0.0.2", False),
        ("10.0.0.2", {"X-Forwarded-For": "127.0.0.1"}, None, False),
        ("127.0.0.1", {"X-Forwarded-For": "::1"}, None, False),
        ("127.0.0.1", {"Forwarded": "for=198.51.100.1"}, None, False),
    ],
)
def test_peer(remote: str, headers: dict[str, str], address: str | None, secure: bool) -> None:
    peer = peer_of(remote, CIMultiDict(headers), secure=False, perimeter=PERIMETER)

    assert (str(peer.address) if peer.address else None, peer.secure) == (address, secure)


@pytest.mark.parametrize("header", FORWARDING_HEADERS)
@given(value=st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.sampled_from(["127.0.0.1", "::1", ""]))
def test_a_forwarded_request_is_never_loopback(header: str, value: str) -> None:
    for remote in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        peer = peer_of(remote, CIMultiDict({header: value}), secure=False, perimeter=PERIMETER)

        assert not peer.local
        assert peer.address is None or not peer.address.is_loopback


@pytest.mark.parametrize("remote", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_program_of_this_machine_is_local(remote: str) -> None:
    assert peer_of(remote, CIMultiDict(), secure=False, perimeter=PERIMETER).local


def test_throttling_counts_an_ipv6_subscriber_once() -> None:
    one = peer_of("2001:db8::1", CIMultiDict(), secure=False, perimeter=PERIMETER)
    other = peer_of("2001:db8::ffff:2", CIMultiDict(), secure=False, perimeter=PERIMETER)

    assert one.network == other.network == "2001:db8::/64"


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("192.168.1.5", True),
        ("[::1]:8080", True),
        ("calls.EXAMPLE.com", True),
        ("calls.example.com:443", True),
        ("evil.example", False),
        ("calls.example.com.evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("calls.example.com:443@evil", False),
        ("[::1].evil", False),
        ("", False),
        (None, False),
    ],
)
def test_host(host: str | None, ours: bool) -> None:
    assert is_our_host(host, PERIMETER) is ours


@given(st.text())
def test_any_host_has_a_name_without_a_port(host: str) -> None:
    name = host_name(host)

    assert ":" not in name or "[" in host


@pytest.mark.parametrize("target", ["/", "/calls", "/calls?page=2&q=a%2Fb", "/calls/1#legs", "/звонки"])
def test_next_may_be_a_page_of_ours(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " /calls",
        "calls",
        "",
        None,
        "/" + "a" * 3000,
        "//[",
    ],
)
def test_next_elsewhere_is_refused(target: object) -> None:
    assert safe_next(target) == HOME


@given(st.text(alphabet="/\\:@.?#[]\t\n evilcom%2F"))
def test_next_always_stays_here(target: str) -> None:
    where = safe_next(target)

    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert not any(character in where for character in "\t\n\r\\")


def test_networks_are_read_from_settings() -> None:
    assert ipaddress.ip_address("fd00::5") in PERIMETER.trusted_proxies[2]
    with pytest.raises(ValueError, match="evil"):
        Perimeter.of(["evil"], [])
