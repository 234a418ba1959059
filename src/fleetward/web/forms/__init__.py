"""Forms whose fields depend on data."""
