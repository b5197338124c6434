"""Alarms: what is wrong now, as rows, and telling people and programs about it."""
