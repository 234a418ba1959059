"""Dynabook (Toshiba): the warranty look-up of its support site."""
