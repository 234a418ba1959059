"""Questions about warranty, one module for each page that asks."""
