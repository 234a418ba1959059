"""Damaged and hostile files, made by code so that the repository holds no binaries."""
