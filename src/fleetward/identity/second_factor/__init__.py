"""The second proof at sign-in: codes of an authenticator app, and recovery codes in its stead."""
