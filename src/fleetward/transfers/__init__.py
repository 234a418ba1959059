"""Moving devices from one customer of a partner to another by a file, or by a selection (X1-X13).

The only code that changes a device's tenant is the mover in `devices.actions`.
"""
