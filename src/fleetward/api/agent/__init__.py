"""What agents on machines speak to: apart from /api/v1, which is for programs of a tenant."""
