"""Machines that enrol themselves by a PIN or from a list, and what is kept of each."""
