"""The caller's card: who calls, why it came here and what matters; as a value, a page and JSON, and what is noted on it."""
