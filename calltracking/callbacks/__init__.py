"""Visitors of sites who ask to be called back: the button, its hours, and the way to the callback engine."""
