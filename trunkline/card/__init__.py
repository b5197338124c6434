"""The caller's card: who calls, why here, what matters; as a value, a page and JSON, and what is noted on it."""
