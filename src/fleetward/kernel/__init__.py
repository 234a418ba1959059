"""What every context shares: errors, the actor, ids, time and paging. Pure Python, no Django."""
