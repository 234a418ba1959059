"""What guessers and disabled users meet, and what shared browsers keep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from fleetward.identity.jobs import forget
from tests.cast import PASSWORD, Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


def answer_to(host: str, password: str, login: str = "admin@acme.example") -> str:
    client = Client(headers={"host": host, "accept-language": "en"})
    answer = client.post("/account/login/", {"login": login, "password": password})
    return answer.get("Location", "") or answer.content.decode()


def test_guesses_are_counted_for_an_account_whatever_host_is_asked(cast: Cast) -> None:
    answers = [answer_to(f"localhost:{8000 + n}", "a wrong guess") for n in range(6)]
    assert ["Too many" in answer for answer in answers] == [False] * 5 + [True]
    assert "Too many" in answer_to("127.0.0.1", PASSWORD, "Admin@Acme.example")


def test_a_disabled_account_is_answered_like_a_wrong_password(cast: Cast) -> None:
    cast.admin.is_active = False
    cast.admin.save()
    right = answer_to("localhost", PASSWORD)
    assert "password you specified are not correct" in right


def test_cookies_that_say_where_somebody_was_need_https_too(cast: Cast, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.admin)
    client.get(f"/t/{cast.acme.customer_id}/settings/users/", secure=True)
    client.post("/language/", {"language": "fr"}, secure=True)
    for name in ("tenant", "django_language"):
        assert client.cookies[name]["secure"]
        assert client.cookies[name]["httponly"]


def test_back_after_sign_out_shows_no_profile(cast: Cast) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.admin)
    assert client.get("/profile/")["Cache-Control"] == "private, no-store"


def test_sessions_that_are_over_are_forgotten(cast: Cast) -> None:
    for _ in range(2):
        Client(headers={"host": "localhost"}).force_login(cast.admin)
    over = Session.objects.order_by("pk").first()
    assert over is not None
    Session.objects.filter(pk=over.pk).update(expire_date=timezone.now() - timedelta(days=1))
    forget()
    assert Session.objects.count() == 1
