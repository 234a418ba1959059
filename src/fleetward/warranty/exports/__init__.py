"""Exports of the device list as jobs: files made in the background and kept for a while."""
