"""The edge of the web application: who is really calling, by which host name, and the headers of every answer."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, CIMultiDictProxy

from trunkline.settings import Settings
from trunkline.web.i18n import gettext

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Any of these says that somebody stands between: such a request is never taken for one of this machine.
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via")

_POLICY = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
)
_CONTENT: Final = "Content-Security-Policy"
_FRAMES: Final = "X-Frame-Options"
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.\[\]:-]+").fullmatch

#: What every answer carries unless its handler set the header itself. `same-origin` and not `no-referrer`: under the
#: latter browsers send `Origin: null` with our own forms (Fetch standard, "append a request Origin header").
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        _CONTENT: "; ".join((*_POLICY, "frame-ancestors 'none'")),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        _FRAMES: "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
)
_TRANSPORT_SECURITY = "max-age=31536000"


def framed_by(origin: str) -> Mapping[str, str]:
    """Headers of a page that one other origin may show in a frame of its own; an origin that is none frames nothing.

    The address of such a page holds a secret: it goes along with no request, for what is drawn with it is logged.
    """
    ancestor = origin if _ORIGIN(origin) else "'none'"
    return {_CONTENT: "; ".join((*_POLICY, f"frame-ancestors {ancestor}")), "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Perimeter:
    """Which proxies are believed, and under which host names we answer beside `localhost` and bare addresses."""

    trusted_proxies: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, trusted_proxies: Iterable[str], hosts: Iterable[str]) -> "Perimeter":
        """From the settings' strings; raises ValueError for what is no network."""
        networks = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in trusted_proxies)
        return cls(networks, frozenset(host.lower() for host in hosts))


def perimeter_of(settings: Settings) -> Perimeter:
    """What the settings say of proxies and host names; the public address's and this machine's name are ours too."""
    machine = socket.gethostname()
    own = (urlsplit(settings.public_url).hostname or "", machine, machine.partition(".")[0])
    return Perimeter.of(settings.server.trusted_proxies, [*own, *settings.web.hosts])


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sent a request: `address` is None when it cannot be known, or when a forwarded request claims loopback."""

    address: Address | None
    secure: bool
    forwarded: bool

    @property
    def local(self) -> bool:
        """Whether a program on this machine asks us directly."""
        return self.address is not None and self.address.is_loopback and not self.forwarded

    @property
    def network(self) -> str:
        """What throttling counts by: the address, or its /64 where it is IPv6."""
        if isinstance(self.address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((self.address, 64), strict=False))
        return str(self.address) if self.address else "unknown"


perimeter_key = web.AppKey("perimeter", Perimeter)
peer_key = web.RequestKey("peer", Peer)


def peer_of(
    remote: str | None, headers: CIMultiDict[str] | CIMultiDictProxy[str], *, secure: bool, perimeter: Perimeter
) -> Peer:
    """The real peer of a request that came from the socket address `remote`; pure."""
    socket_address = _address(remote)
    forwarded = any(header in headers for header in FORWARDING_HEADERS)
    if not forwarded:
        return Peer(socket_address, secure, forwarded=False)
    address = socket_address
    if _trusted(socket_address, perimeter):
        address = _client(socket_address, headers.getall("X-Forwarded-For", []), perimeter)
        secure = secure or headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
    if address is not None and address.is_loopback:
        address = None
    return Peer(address, secure, forwarded=True)


def is_our_host(host: str | None, perimeter: Perimeter) -> bool:
    """Whether the Host header is ours. A bare address is: re-binding a foreign name to us (DNS) cannot produce one."""
    name = host_name(host or "")
    return name == "localhost" or name in perimeter.hosts or _address(name) is not None


def host_name(host: str) -> str:
    """`Host` without its port, lower case; an IPv6 address without its brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        return name if bracket and (not port or port[1:].isdigit()) else ""
    name, colon, port = host.partition(":")
    return name if not colon or port.isdigit() else ""


@web.middleware
async def perimeter_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Know the peer; refuse a foreign Host with 421, and with 400 a NUL in the address: no text of ours can hold it."""
    perimeter = request.app[perimeter_key]
    request[peer_key] = peer_of(request.remote, request.headers, secure=request.secure, perimeter=perimeter)
    hosts = request.headers.getall(hdrs.HOST, [])
    if len(hosts) != 1 or not is_our_host(hosts[0], perimeter):
        raise web.HTTPMisdirectedRequest(
            text=gettext("This server does not answer under that host name; add it to web.hosts in the settings.")
        )
    if "%00" in request.raw_path:
        raise web.HTTPBadRequest(text=gettext("The address has a character that no text can hold (NUL)."))
    return await handler(request)


async def set_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """An `on_response_prepare` hook: HEADERS where the handler set nothing, and HSTS under https.

    Of one who may frame a page X-Frame-Options knows nothing: where a handler named him, it is left out.
    """
    is_framed = "frame-ancestors http" in response.headers.get(_CONTENT, "")
    for name, value in HEADERS.items():
        if not (is_framed and name == _FRAMES):
            response.headers.setdefault(name, value)
    peer = request.get(peer_key)
    if peer is not None and peer.secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT_SECURITY)


def _client(proxy: Address | None, chains: Sequence[str], perimeter: Perimeter) -> Address | None:
    """The right-most hop that is no proxy of ours; what stands left of it anybody may have written."""
    hops = [hop.strip() for chain in chains for hop in chain.split(",")]
    address = proxy
    for hop in reversed(hops):
        address = _address(hop)
        if not _trusted(address, perimeter):
            break
    return address


def _trusted(address: Address | None, perimeter: Perimeter) -> bool:
    return address is not None and any(address in network for network in perimeter.trusted_proxies)


@lru_cache(4096)
def _address(text: str | None) -> Address | None:
    """The address `text` spells, an IPv4 one inside IPv6 as itself, a zone left out; None where it spells none."""
    plain = (text or "").partition("%")[0]
    try:
        return ipaddress.IPv4Address(socket.inet_pton(socket.AF_INET, plain))  # in a fifth of the time
    except (OSError, ValueError):  # ValueError: a NUL, or what UTF-8 cannot hold
        pass
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
