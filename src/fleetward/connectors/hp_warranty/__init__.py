"""HP Warranty API v2: jobs."""
