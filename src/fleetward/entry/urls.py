"""Root URLs. Every route has a row in tests/matrices/routes.csv."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
