"""Lists of people: letting in many users by a file, and entries without access to pages (L2)."""
