"""Dell TechDirect warranty API v5."""
