"""Which hosted PBXs begin calls for us, and how each is asked. No I/O here.

The others have no way that is documented well enough (MTS), or tell of no outgoing call (Exolve), so that what
became of one could not be known: their pages in docs/pbx/ say so.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.beeline import dialling as beeline
from trunkline.pbx.hooks.dialling import Dialling
from trunkline.pbx.mango import dialling as mango
from trunkline.pbx.megafon import dialling as megafon
from trunkline.pbx.onlinepbx import dialling as onlinepbx
from trunkline.pbx.sipuni import dialling as sipuni
from trunkline.pbx.telphin import dialling as telphin
from trunkline.pbx.uis import dialling as uis
from trunkline.pbx.zadarma import dialling as zadarma

DIALLINGS: Final[Mapping[str, Dialling]] = MappingProxyType(
    {
        "zadarma": zadarma.DIALLING,
        "uis": uis.DIALLING,
        "onlinepbx": onlinepbx.DIALLING,
        "sipuni": sipuni.DIALLING,
        "megafon": megafon.DIALLING,
        "telphin": telphin.DIALLING,
        "mango": mango.DIALLING,
        "beeline": beeline.DIALLING,
    }
)
"""By the provider's name; each has `Can.ORIGINATE`."""
