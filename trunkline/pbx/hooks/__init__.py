"""Hosted PBXs: what each of them sends to our address, what it gets back, and what it can do. One folder a provider."""
