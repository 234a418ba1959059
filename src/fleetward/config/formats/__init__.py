"""How pages write days and numbers, where it differs from Django's formats."""
