"""The WSGI application of the web server."""

import gc

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from fleetward.config.env import env, use_settings
from fleetward.infra.logging import configure

use_settings()
configure(env().log_format)
application = get_wsgi_application()

# Everything that stays is loaded now and put out of the collector's sight: full collections of a
# large heap are what makes the slowest pages slow.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
