"""Web Push: who rings, told to browsers in which no page of ours is seen. See docs/push.md."""
