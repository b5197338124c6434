"""MTS Exolve: forwarding to a URL, and its call events (docs/pbx/exolve.md)."""

from trunkline.pbx.exolve.provider import PROVIDER

__all__ = ["PROVIDER"]
