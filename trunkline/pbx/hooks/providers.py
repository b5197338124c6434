"""Which hosted PBXs we know: by the name that stands in the address of their hooks. No I/O here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.hooks.port import Provider

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({})
