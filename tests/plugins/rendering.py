"""No template asks the database: a page test fails that renders one which does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template.backends.django import Template

from fleetward.web.guard import guarded


@pytest.fixture(scope="session", autouse=True)
def _no_queries_while_rendering() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", guarded(Template.render))
        yield
