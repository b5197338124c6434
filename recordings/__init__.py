"""Recordings: found by what calls tell, fetched, converted, kept and heard. From speech to text is to come."""
