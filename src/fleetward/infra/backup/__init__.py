"""A whole installation in one file, and back (`docs/reference/backup-format.md`).

`archive` is the file, `dump` reads a database into it, `load` makes a database of it, `folders` are
the uploads beside the database.
"""
