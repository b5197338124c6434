"""Where our requests to others may go: to the world, and to private addresses only where the settings allow it.

The check is on the address that is connected to, after the name was resolved, so that a name cannot change its mind
between a check and a connection.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052 §2.1: a translator goes on to the IPv4 address of the last 32 bits. Hosts without IPv4 need it."""
_ASIDE: Final = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "::/96",  # IPv4-compatible, RFC 4291 §2.5.5.1
            "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765 §2.1
            "64:ff9b:1::/48",  # NAT64 for local use, RFC 8215
            "2001::/32",  # Teredo, RFC 4380
            "2002::/16",  # 6to4, RFC 3056
            "fec0::/10",  # site-local, RFC 3879
        ),
    )
)
"""Out of use, or of one network alone, and leading to an address within them that nobody looked at: never the world."""


class ForbiddenAddress(OSError):
    """The address is private, loopback or reserved, and the settings do not allow it."""


class AddressRules:
    """`allowed` are the networks of the setting of [web] that is named beside them."""

    def __init__(self, allowed: Sequence[str], setting: str = "webhook_private_addresses") -> None:
        self._allowed = [ipaddress.ip_network(network, strict=False) for network in allowed]
        self.setting = setting

    def permits(self, address: str) -> bool:
        """Whether a request may go to this IP address."""
        return self.allows(address) or _is_of_the_world(_ip(address))

    def allows(self, address: str) -> bool:
        """Whether the setting names this IP address."""
        ip = _ip(address)
        return any(ip in network for network in self._allowed if network.version == ip.version)

    def refusal(self, host: str) -> str:
        """Why nothing goes to an address of this host."""
        return f"{host} is a private address; allow it in [web] {self.setting} if it is meant"

    def check_literal(self, host: str) -> None:
        """Raise ForbiddenAddress for a host that is an address itself: no resolver will be asked about it.

        aiohttp asks none either about digits and dots that spell an address in another way (`2130706433`, `127.1`).
        """
        try:
            permitted = self.permits(host.strip("[]"))
        except ValueError:
            if not host.replace(".", "").isdigit():
                return
            permitted = False
        if not permitted:
            raise ForbiddenAddress(self.refusal(host))


class PrivateOnly(AddressRules):
    """The allowed private addresses and no others: what goes there in the clear does not travel the world."""

    def permits(self, address: str) -> bool:
        return self.allows(address)

    def refusal(self, host: str) -> str:
        return f"{host} is asked over plain http, which goes to the addresses of [web] {self.setting} alone"


class GuardedResolver(AbstractResolver):
    """aiohttp's resolver, which gives out permitted addresses only."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        permitted = [result for result in found if self._rules.permits(result["host"])]
        if not permitted:
            raise ForbiddenAddress(self._rules.refusal(host))
        return permitted

    async def close(self) -> None:
        await self._resolver.close()


def _is_of_the_world(ip: _Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return _is_of_the_world(ipaddress.IPv4Address(ip.packed[12:]))
        if any(ip in network for network in _ASIDE):
            return False
    return ip.is_global and not ip.is_multicast


def _ip(address: str) -> _Address:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip
