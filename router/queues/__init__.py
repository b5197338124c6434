"""Queues of ours: what the PBX calls them, who answers, in which order."""
