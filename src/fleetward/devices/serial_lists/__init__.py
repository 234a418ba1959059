"""Files of serials that name devices to delete (E10): each row is looked for, what is found is
selected, and `devices.bulk` does the rest.

How a file is read is that of imports: `devices.imports`.
"""
