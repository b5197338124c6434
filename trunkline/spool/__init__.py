"""The local spool: appending here, before the answer, is what makes a thing accepted (docs/architecture.md)."""

from trunkline.spool.reader import SpoolReader
from trunkline.spool.record import Kind, Position, Record
from trunkline.spool.writer import SpoolWriter

__all__ = ["Kind", "Position", "Record", "SpoolReader", "SpoolWriter"]
