"""Clients who were missed, and who calls them back by when."""
