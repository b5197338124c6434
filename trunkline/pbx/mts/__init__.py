"""MTS Autosecretary 2.0: events alone (docs/pbx/mts.md)."""

from trunkline.pbx.mts.provider import PROVIDER

__all__ = ["PROVIDER"]
