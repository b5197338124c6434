"""To which hosted PBX a request came: by the secret in its address; and from which addresses it may come."""

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from trunkline.crypto import SecretBox, WrongKey, token_hash
from trunkline.directory.values import Head, PbxBrief
from trunkline.log import get_logger
from trunkline.pbx.hooks.hiding import carried_by, spelled
from trunkline.pbx.hooks.port import Account, Provider
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.web.security import Address, Network

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """One PBX's address; `sealed` where its secrets were sealed with a key this process does not have; `hidden` are
    the spellings of them that are never kept, nor what stands in the fields `carried`.
    """

    pbx: PbxBrief
    provider: Provider
    account: Account
    sealed: bool
    networks: Sequence[Network]
    hidden: Sequence[bytes]
    carried: Sequence[str]
    is_asked_once: bool
    """Whether its calls ask once: there is no dialogue that could stand anywhere."""

    def lets_in(self, address: Address | None) -> bool:
        """Whether requests may come from `address`; with no networks named from anywhere."""
        return not self.networks or (address is not None and any(address in one for one in self.networks))


class Doors:
    """The doors of one directory head; made anew when the head changes."""

    def __init__(self, head: Head, box: SecretBox) -> None:
        self.head: Final = head
        self._by_pbx = {pbx.id: _door(pbx, box) for pbx in head.pbxs.values() if pbx.kind in PROVIDERS}
        self._doors = [(known, door) for door in self._by_pbx.values() for known in door.pbx.token_hashes]

    def of(self, pbx: str) -> Door | None:
        """The door of a PBX."""
        return self._by_pbx.get(pbx)

    def behind(self, provider: str, secret: str) -> Door | None:
        """The door this secret opens; every one is tried, so the time tells nothing."""
        given = token_hash(secret)
        found: Door | None = None
        for known, door in self._doors:
            if hmac.compare_digest(known, given) and door.provider.name == provider:
                found = door
        return found


def _door(pbx: PbxBrief, box: SecretBox) -> Door:
    settings = msgspec.json.decode(pbx.settings, type=dict[str, Any])
    account, sealed = Account(pbx.id, settings), False
    try:
        secrets = msgspec.json.decode(box.open(pbx.secrets), type=dict[str, str]) if pbx.secrets else {}
        account = Account(pbx.id, settings, secrets)
    except WrongKey:
        sealed = True
        log.warning("hook_secrets_sealed", pbx=pbx.id, remedy="give its secrets again on the page of PBXs")
    networks = [ipaddress.ip_network(network, strict=False) for network in pbx.allowed_ips]
    provider, hidden = PROVIDERS[pbx.kind], spelled(account.secrets.values())
    return Door(pbx, provider, account, sealed, networks, hidden, carried_by(provider), provider.capabilities.asks_once)
