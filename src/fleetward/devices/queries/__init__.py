"""Questions about devices alone, by subject; `pure` are those that need no database.

The list and the page of a device, which know of coverage, are `warranty.queries`.
"""
