"""Resale feeds: which machines a vendor says that it sold to which partner (T9, T10, T14)."""
