"""The directory of partner companies: their locations, and which of their users are certified."""
