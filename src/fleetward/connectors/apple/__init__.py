"""Apple Business and School Manager: AppleCare coverage."""
