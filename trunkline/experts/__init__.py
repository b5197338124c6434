"""Questions to experts: asked on the card, answered in a thread, told to whoever should know."""
