"""Root URLs, WSGI and worker start: ties everything together, holds no logic."""
