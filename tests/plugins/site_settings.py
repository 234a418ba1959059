"""Settings of the web server of browser tests: the product's, with guarded templates."""

from fleetward.config.settings import *  # noqa: F403
from fleetward.config.settings import GUARDED_TEMPLATES, TEMPLATES

TEMPLATES = [{**TEMPLATES[0], "BACKEND": GUARDED_TEMPLATES}]
