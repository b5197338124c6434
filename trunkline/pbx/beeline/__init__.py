"""Beeline's cloud PBX: events of BroadWorks XSI, subscribed to by ourselves (docs/pbx/beeline.md)."""

from trunkline.pbx.beeline.provider import PROVIDER

__all__ = ["PROVIDER"]
