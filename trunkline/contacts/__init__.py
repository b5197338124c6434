"""Who a number belongs to, and who is spam: import from files, search, the API."""
