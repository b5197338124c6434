"""Mango Office: its signed events, and the commands that send calls on (docs/pbx/mango.md)."""

from trunkline.pbx.mango.provider import PROVIDER

__all__ = ["PROVIDER"]
