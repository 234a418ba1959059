"""Start-up settings: `env` is the only reader of the environment, `settings` hands it to Django."""
