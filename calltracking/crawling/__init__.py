"""Our sites' pages read at night as everybody gets them: which numbers stand in their source, and which should not."""
