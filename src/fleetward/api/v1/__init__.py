"""Version 1 of the REST interface, one module for each context."""
