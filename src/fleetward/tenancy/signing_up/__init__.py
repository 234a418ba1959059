"""Companies that sign themselves up, where the operator lets them (T13)."""
