"""Users, their sign-in and personal access tokens."""
