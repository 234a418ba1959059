"""Reads any upload into rows, and writes CSV and XLSX that no spreadsheet takes for formulas.

`isolated` reads in a limited child process and is what servers use; `table` reads in this process
(the child, the command line). Polars is imported by `frames`, `table` and what they need, never by
`isolated`, `reading`, `errors`, `limits` and the writers, which web processes import.
"""
