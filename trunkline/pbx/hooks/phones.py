"""Which providers tell whether a telephone is registered, by the provider's name. No I/O here."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.zadarma.phones import PHONES as ZADARMA


class Phones(Protocol):
    """One provider's way to its telephones; only those that are named are asked about."""

    pace: float
    """Seconds between two requests."""

    def missing(self, account: Account) -> Sequence[str]:
        """The settings without which nothing can be asked, by name."""

    def extensions(self, account: Account) -> Sequence[str]:
        """Whose telephones are looked at."""

    def look(self, account: Account, extensions: Sequence[str]) -> Dialogue[dict[str, bool]]:
        """Whether each is registered, as far as it is told."""


PHONES: Final[Mapping[str, Phones]] = MappingProxyType({"zadarma": ZADARMA})
