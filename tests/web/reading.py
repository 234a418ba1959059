"""A signed-in reader, and what stands on the pages that they get."""

from __future__ import annotations

import re
from html import unescape

from django.http import HttpResponse
from django.test import Client

from fleetward.identity.models import User


def browser(language: str = "en") -> Client:
    return Client(headers={"host": "localhost", "accept-language": language})


def signed_in(user: User, language: str = "en") -> Client:
    client = browser(language)
    client.force_login(user)
    return client


def text_of(answer: HttpResponse) -> str:
    """What stands on a page, without its tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())
