"""Which providers let us keep their groups, by the provider's name. No I/O here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.beeline.groups import GROUPS as BEELINE
from trunkline.pbx.hooks.groups import Groups
from trunkline.pbx.megafon.groups import GROUPS as MEGAFON
from trunkline.pbx.uis.groups import GROUPS as UIS

GROUPS: Final[Mapping[str, Groups]] = MappingProxyType({"megafon": MEGAFON, "uis": UIS, "beeline": BEELINE})
