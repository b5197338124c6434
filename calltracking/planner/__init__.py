"""How many numbers does a pool need? Erlang-B on the measured load, and what each more or fewer would change."""
