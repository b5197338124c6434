"""The SQL of this package by name."""

from trunkline.db.sql import load_queries

QUERIES = load_queries("trunkline.people")
