"""Which advertisement brought each call: numbers leased to visitors, the visit behind a call, what channels brought."""
