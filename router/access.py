"""Which PBX asks: by its token, or by its address. Nobody else learns anything."""

import hmac
import ipaddress

from aiohttp import web
from multidict import CIMultiDict

from trunkline.crypto import token_hash
from trunkline.directory.values import Head, PbxBrief
from trunkline.web.security import FORWARDING_HEADERS, Address, Network, Perimeter, peer_of

_MOST_REMEMBERED = 4096
_NO_HEADERS: CIMultiDict[str] = CIMultiDict()
LOCAL = PbxBrief("local", "unknown", allowed_ips=("127.0.0.0/8", "::1/128"))
"""Who asks from this machine while no PBX is known: a new installation, or a directory that was lost."""


class Access:
    """The PBXs of one directory head; made anew when the head changes."""

    def __init__(self, head: Head, perimeter: Perimeter) -> None:
        self.head = head
        pbxs = tuple(head.pbxs.values()) or (LOCAL,)
        self._perimeter = perimeter
        self._hashes = [(known, (pbx,)) for pbx in pbxs for known in pbx.token_hashes]
        self._networks: list[tuple[Network, PbxBrief]] = [
            (ipaddress.ip_network(network, strict=False), pbx) for pbx in pbxs for network in pbx.allowed_ips
        ]
        self._right_tokens: dict[str, tuple[PbxBrief, ...]] = {}
        self._by_socket: dict[str | None, tuple[PbxBrief, ...]] = {}

    def pbxs_of(self, request: web.BaseRequest) -> tuple[PbxBrief, ...]:
        """The PBXs this request may come from: one by token, perhaps several by address, none when refused.

        A token that is sent must be right: a wrong one is not made good by an address.
        """
        headers = request.headers
        token = headers.get("X-Trunkline-Token")
        if token is None:
            token = _bearer(headers.get("Authorization"))
        if token is not None:
            return self._by_token(token)
        if any(header in headers for header in FORWARDING_HEADERS):
            peer = peer_of(request.remote, headers, secure=False, perimeter=self._perimeter)
            return self._by_address(peer.address)
        return self._by_remote(request.remote)

    def pbxs_with(self, token: str | None, remote: str | None) -> tuple[PbxBrief, ...]:
        """The same for a way in without headers."""
        return self._by_token(token) if token is not None else self._by_remote(remote)

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
