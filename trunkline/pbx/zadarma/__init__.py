"""Zadarma, and Novofon 1 which is the same code: its webhooks, its replies (docs/pbx/zadarma.md)."""

from trunkline.pbx.zadarma.provider import PROVIDER

__all__ = ["PROVIDER"]
