"""Pages: parse, ask a query or an action, show a view model."""
