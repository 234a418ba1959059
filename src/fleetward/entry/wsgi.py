"""The WSGI application of the web server."""

from django.core.wsgi import get_wsgi_application

from fleetward.config.env import env, use_settings
from fleetward.infra.logging import configure

use_settings()
configure(env().log_format)
application = get_wsgi_application()
