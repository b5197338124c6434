"""Visits to clients: booked on the card into somebody's free time, which his own calendar and his hours tell."""
