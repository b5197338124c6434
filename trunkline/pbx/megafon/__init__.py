"""MegaFon, Gravitel and other PBXs of ITooLabs, which share one REST API (docs/pbx/megafon.md)."""

from trunkline.pbx.megafon.provider import PROVIDER

__all__ = ["PROVIDER"]
