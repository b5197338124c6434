"""On what somebody works, and where the legs of mobile employees are told of. No I/O here.

A mobile employee's telephone tells nothing one could believe: an FMC extension seems free while he talks over the air,
a number outside has no state at all. What is known of him are the legs of ours that ring or talk there, as the story
tells (`agent_calls`). They are published in the form of trunkline/pbx/devices.py under a name no PBX can have.
"""

from enum import StrEnum
from typing import Final


class WorksOn(StrEnum):
    """What rings when he is called."""

    DESK = "desk"
    FMC = "fmc"
    """An extension of the PBX on a SIM: the PBX rings it, and does not know truly what it does."""
    FORWARDED = "forwarded"
    """His mobile, by a trunk; his extension is only his name."""


LEGS: Final = "~legs"
"""Stands where the id of a PBX would: `device:~legs`."""
