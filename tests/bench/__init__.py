"""`make bench`: every job beside its bare limit, measured on one database in one run.

Not a test: nothing here fails. `python -m tests.bench [--rows N] [--only JOB ...]`.
"""
