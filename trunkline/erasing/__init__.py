"""Erasing a telephone number: out of every table, file and cache, with a proof of what was done and what is left."""
