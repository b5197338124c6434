"""Sipuni: the function "HTTP-запрос" of its call scheme, and the events of the PBX (docs/pbx/sipuni.md)."""

from trunkline.pbx.sipuni.provider import PROVIDER

__all__ = ["PROVIDER"]
