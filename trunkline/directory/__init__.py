"""The directory: all that the question needs, in one packed file every process maps, and a small log of changes."""
