"""The harness for browsers: a real site, a real browser, and no way out of the machine."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import Page

from tests.plugins.no_network import LeftTheMachine
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


def test_live_site_shows_a_page_to_the_browser(
    live_site: Site, page: Page, picture: Callable[..., Path]
) -> None:
    answer = page.goto(live_site.url)
    assert answer is not None
    assert answer.status < 500, live_site.log_of("web")
    assert picture(page, "harness").stat().st_size > 1000


def test_django_in_the_test_is_connected_to_the_database_of_the_site(live_site: Site) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (live_site.database.name,)


def test_slow_uploads_do_not_hold_up_other_readers(live_site: Site) -> None:
    where = urlsplit(live_site.url)
    head = f"POST /account/login/ HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 99999\r\n"
    with contextlib.ExitStack() as open_ones:
        for _ in range(6):
            slow = socket.create_connection((str(where.hostname), int(where.port or 80)))
            open_ones.enter_context(slow)
            slow.sendall(
                f"{head}Content-Type: application/x-www-form-urlencoded\r\n"
                f"Cookie: csrf={'a' * 32}\r\n\r\nlogin=".encode()
            )
        time.sleep(0.5)
        reader = http.client.HTTPConnection(where.netloc, timeout=10)
        reader.request("GET", "/account/login/")
        assert reader.getresponse().status == 200
        reader.close()


def test_axe_finds_what_is_wrong(page: Page, axe: Callable[[Page], None]) -> None:
    page.set_content("<html><body><img src='data:,'><button></button></body></html>")
    with pytest.raises(AssertionError, match="button-name"):
        axe(page)


def test_a_test_cannot_leave_the_machine() -> None:
    with socket.socket() as probe, pytest.raises(LeftTheMachine):
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo("example.org", 80)
