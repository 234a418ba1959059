"""Django's settings of the bare view: nothing but the database, the superuser's."""

import os

from fleetward.config.settings import database

ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": database(os.environ["BENCH_ADMIN_URL"])}
# As the product does: the list's index has the order, and sorting all devices costs more.
DATABASES["default"]["OPTIONS"]["options"] = "-c enable_sort=off"
INSTALLED_APPS = ["ninja"]
ROOT_URLCONF = "tests.bench.bare_view"
