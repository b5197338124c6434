"""The registry of Russian numbering ranges, and where a number comes from."""
