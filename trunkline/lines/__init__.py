"""Our own numbers (DIDs): operator, city, brand, site, caller-ID label, and where their calls go by default."""
