"""Backup to one file and restore from it, with what is needed to tell that nothing is missing."""
