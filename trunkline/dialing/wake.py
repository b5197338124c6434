"""The channel that wakes the nodes that dial, after the commit of an accepted dial; they poll each second as well."""

DIALS_WAKE = "trunkline:wake:dials"
