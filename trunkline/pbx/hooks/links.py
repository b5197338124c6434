"""Asks a hosted PBX for the link to a recording by its id, as its provider wants to be asked."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.crypto import SecretBox, WrongKey
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.hiding import words_without_secrets
from trunkline.pbx.hooks.histories import LINKS
from trunkline.pbx.hooks.history import Keyed, Keys, Trouble, trouble_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.talking import talk
from trunkline.pbx.store import PbxRow

_SEALED = "its secrets cannot be opened with this installation's key: give them again"


@dataclass(frozen=True, slots=True)
class HostedLinks:
    """`keys` are what providers gave us for a while, by PBX."""

    api: Api
    box: SecretBox
    keys: MutableMapping[str, Keys] = field(default_factory=dict)

    def asks(self, row: PbxRow) -> bool:
        """Whether recordings of this PBX are asked for by their ids."""
        return row.kind in LINKS

    async def link(self, row: PbxRow, recording: str) -> str | Keyed:
        """The link to it; raises Trouble."""
        account, provider = account_of(row, self.box), LINKS[row.kind]
        if provider.lacks(account):
            raise Trouble("its page lacks the key of its API", refused=True)
        dialogue: Dialogue[Any] = provider.link(account, recording, self.keys.setdefault(row.id, {}))
        try:
            link: str | Keyed = await talk(self.api, dialogue, 0.0, trouble_of)
        except Trouble as error:
            error.told = words_without_secrets(error.told, account)
            raise
        return link


def account_of(row: PbxRow, box: SecretBox) -> Account:
    """The PBX with its secrets opened; raises Trouble."""
    try:
        return Account(row.id, row.settings, row.opened(box))
    except WrongKey:
        raise Trouble(_SEALED, refused=True) from None
