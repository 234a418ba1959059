"""What both sides know: the process that measures, and those in which Django works."""

EMAIL = "bench@example.org"
PASSWORD = "only for the bench"
EXPIRING_DAYS = 180
# Devices of one call to Dell.
BATCH = 100
