"""Which PBX asks: by its token, or by its address. Nobody else learns anything."""

import hmac
import ipaddress

from multidict import CIMultiDict, CIMultiDictProxy

from trunkline.crypto import token_hash
from trunkline.directory.values import Head, PbxBrief
from trunkline.log import get_logger
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.web.security import FORWARDING_HEADERS, Address, Network, Perimeter, host_name, is_our_host, peer_of

log = get_logger(__name__)

_MOST_REMEMBERED = 4096
_BROWSERS = ("Origin", "Sec-Fetch-Site")
_NO_HEADERS: CIMultiDict[str] = CIMultiDict()
LOCAL = PbxBrief("local", "unknown", allowed_ips=("127.0.0.0/8", "::1/128"))
"""Who asks from this machine while no PBX is known: a new installation, or a directory that was lost."""


class Access:
    """The PBXs of one directory head; made anew when the head changes."""

    def __init__(self, head: Head, perimeter: Perimeter) -> None:
        self.head = head
        # What opens a hosted PBX's hooks stands in an address that others write down: it opens nothing else.
        pbxs = tuple(pbx for pbx in head.pbxs.values() if pbx.kind not in PROVIDERS) or (LOCAL,)
        self._perimeter = perimeter
        self._hashes = [(known, (pbx,)) for pbx in pbxs for known in pbx.token_hashes]
        self._networks: list[tuple[Network, PbxBrief]] = [
            (ipaddress.ip_network(network, strict=False), pbx) for pbx in pbxs for network in pbx.allowed_ips
        ]
        self._right_tokens: dict[str, tuple[PbxBrief, ...]] = {}
        self._by_host: dict[str | None, bool] = {}
        self._by_socket: dict[str | None, tuple[PbxBrief, ...]] = {}

    def pbxs_from(self, headers: CIMultiDict[str] | CIMultiDictProxy[str], remote: str | None) -> tuple[PbxBrief, ...]:
        """The PBXs a request with these headers may come from: one by token, perhaps several by address, none refused.

        A token that is sent must be right: a wrong one is not made good by an address.
        """
        token = headers.get("X-Trunkline-Token")
        if token is None:
            token = _bearer(headers.get("Authorization"))
        if token is not None:
            return self._by_token(token)
        if not self._is_program(headers):
            return ()
        if any(header in headers for header in FORWARDING_HEADERS):
            peer = peer_of(remote, headers, secure=False, perimeter=self._perimeter)
            return self._by_address(peer.address)
        return self._by_remote(remote)

    def pbxs_with(self, token: str | None, remote: str | None) -> tuple[PbxBrief, ...]:
        """The same for a way in without headers."""
        return self._by_token(token) if token is not None else self._by_remote(remote)

    def _is_program(self, headers: CIMultiDict[str] | CIMultiDictProxy[str]) -> bool:
        """Whether no browser says this on a web site's behalf: a site reaches an address it may not with the browser of
        somebody who may, and reads the answer once its name points at us (DNS re-binding). HTTP/1.0 needs no Host.
        """
        if any(header in headers for header in _BROWSERS):
            return False
        host = headers.get("Host")
        ours = self._by_host.get(host)
        if ours is None:
            if len(self._by_host) >= _MOST_REMEMBERED:
                self._by_host.clear()
            ours = self._by_host[host] = host is None or self._is_ours(host)
            if not ours:
                log.warning("asked_under_another_name", host=host, remedy="web.hosts, or a token")
        return ours

    def _is_ours(self, host: str) -> bool:
        """A name without a dot is one of this network: nobody outside can point it anywhere."""
        return "." not in host_name(host) or is_our_host(host, self._perimeter)

    def _by_token(self, token: str) -> tuple[PbxBrief, ...]:
        """A token that was right is remembered as it was sent: it is right until the head changes."""
        if (known_pbx := self._right_tokens.get(token)) is not None:
            return known_pbx
        found: tuple[PbxBrief, ...] = ()
        if not token:  # whatever is stored, nothing said is nobody
            return found
        given = token_hash(token)
        for known, pbx in self._hashes:
            if hmac.compare_digest(known, given):
                found = pbx
        if found:
            self._right_tokens[token] = found
        return found

    def _by_remote(self, remote: str | None) -> tuple[PbxBrief, ...]:
        found = self._by_socket.get(remote)
        if found is None:
            if len(self._by_socket) >= _MOST_REMEMBERED:
                self._by_socket.clear()
            peer = peer_of(remote, _NO_HEADERS, secure=False, perimeter=self._perimeter)
            found = self._by_socket[remote] = self._by_address(peer.address)
        return found

    def _by_address(self, address: Address | None) -> tuple[PbxBrief, ...]:
        if address is None:
            return ()
        return tuple(dict.fromkeys(pbx for network, pbx in self._networks if address in network))


def _bearer(authorization: str | None) -> str | None:
    if authorization is None or authorization[:7].lower() != "bearer ":
        return authorization
    return authorization[7:].strip()
