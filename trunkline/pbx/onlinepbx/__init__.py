"""onlinePBX: its webhooks, and its HTTP request on an incoming call (docs/pbx/onlinepbx.md)."""

from trunkline.pbx.onlinepbx.provider import PROVIDER

__all__ = ["PROVIDER"]
