"""UIS, CoMagic and Novofon 2, one code base: interactive processing and notifications (docs/pbx/uis.md)."""

from trunkline.pbx.uis.provider import PROVIDER

__all__ = ["PROVIDER"]
