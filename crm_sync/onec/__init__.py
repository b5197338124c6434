"""1C: what it tells us by HTTP, and what is read of it by OData."""
