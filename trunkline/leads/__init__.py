"""Wishes to buy: which touches open one, who takes it and calls by when."""
