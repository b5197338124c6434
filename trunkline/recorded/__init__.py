"""What features know of each other's recordings: those that keep them, and those that tell outside systems of them."""
