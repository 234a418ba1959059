"""Days as "3 mars 2027" and "22 nov. 2026"; numbers as "12 000", never broken over two lines."""

DATE_FORMAT = "j N Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j N Y, H:i"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
# The thin space of French typography, which browsers use as well.
THOUSAND_SEPARATOR = "\u202f"
NUMBER_GROUPING = 3
