"""Which hosted PBXs have a history that we read: by the provider's name. No I/O here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.beeline.history import HISTORY as BEELINE
from trunkline.pbx.hooks.history import History, LinksById
from trunkline.pbx.mango.history import HISTORY as MANGO
from trunkline.pbx.megafon.history import HISTORY as MEGAFON
from trunkline.pbx.mts.history import HISTORY as MTS
from trunkline.pbx.onlinepbx.history import HISTORY as ONLINEPBX
from trunkline.pbx.sipuni.history import HISTORY as SIPUNI
from trunkline.pbx.telphin.history import HISTORY as TELPHIN
from trunkline.pbx.uis.history import HISTORY as UIS
from trunkline.pbx.zadarma.history import HISTORY as ZADARMA

_ALL: Final[tuple[History, ...]] = (ZADARMA, ONLINEPBX, MEGAFON, UIS, SIPUNI, TELPHIN, MTS, MANGO, BEELINE)

HISTORIES: Final[Mapping[str, History]] = MappingProxyType({one.name: one for one in _ALL})

LINKS: Final[Mapping[str, LinksById]] = MappingProxyType(
    {
        "zadarma": ZADARMA,
        "onlinepbx": ONLINEPBX,
        "sipuni": SIPUNI,
        "telphin": TELPHIN,
        "mts": MTS,
        "mango": MANGO,
        "beeline": BEELINE,
    }
)
"""Those whose recordings are asked for by their ids; of the others the link is told with the call."""
