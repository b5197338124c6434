"""Telphin, RingMe: Call Interactive of its voice menu, and the events of extensions (docs/pbx/telphin.md)."""

from trunkline.pbx.telphin.provider import PROVIDER

__all__ = ["PROVIDER"]
