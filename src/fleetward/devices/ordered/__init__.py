"""What partners ordered, and what has become of it (T9): ordered, seen, transferred, missing."""
