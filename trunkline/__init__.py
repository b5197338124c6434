"""Trunkline: what several features share, and the composition root."""

__version__ = "0.1.0.dev0"
