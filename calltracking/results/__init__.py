"""What each channel brought: visits, calls, callers. Read from visits, attributions and calls."""
