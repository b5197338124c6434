"""The mirror: our copy of what CRMs and 1C know, filled by imports and connectors, read by the card and the router."""
