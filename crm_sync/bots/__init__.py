"""Bots in messengers: an employee's own chat shows him who calls."""
