"""Rendering runs under a guard that forbids SQL (design, 11): here is what it catches."""

from __future__ import annotations

import pytest
from django.template import engines, loader
from django.template.backends.django import Template
from django.test import override_settings

from fleetward.config.settings import GUARDED_TEMPLATES, TEMPLATES
from fleetward.tenancy.models import Tenant
from fleetward.web.guard import QueryWhileRendering
from tests.plugins import site_settings

pytestmark = pytest.mark.django_db


def test_a_query_within_a_template_fails_the_test() -> None:
    template = engines["django"].from_string("{% for t in tenants %}{{ t.name }}{% endfor %}")
    assert template.render({"tenants": [Tenant(name="Acme")]}) == "Acme"
    with pytest.raises(QueryWhileRendering, match="tenancy_tenant"):
        template.render({"tenants": Tenant.objects.all()})


def test_the_guard_ends_with_the_rendering() -> None:
    loader.render_to_string("web/components/empty_state.html", {})
    assert Tenant.objects.count() == 0


def test_control_without_the_guard_the_template_asks() -> None:
    template = engines["django"].from_string("{{ tenants.count }}")
    unguarded = Template.render.__wrapped__
    assert unguarded(template, {"tenants": Tenant.objects}) == "0"


@override_settings(TEMPLATES=[{**TEMPLATES[0], "BACKEND": GUARDED_TEMPLATES}])
def test_the_backend_of_debug_and_of_browser_tests_is_guarded() -> None:
    assert site_settings.TEMPLATES[0]["BACKEND"] == GUARDED_TEMPLATES
    backend = engines["django"]
    assert backend.get_template("error.html")
    with pytest.raises(QueryWhileRendering):
        backend.from_string("{{ tenants.count }}").render({"tenants": Tenant.objects})
