"""Import of device lists (E12): read, map, preview, store, and an outcome for every row."""
