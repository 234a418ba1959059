"""The Notification Center: what the bell shows."""
