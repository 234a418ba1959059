"""The trail: who did what, on what, when, from where. Append-only."""
