"""Sign-up as pure functions: how long a link lasts, and what a door needs to be opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import Company, Region
from fleetward.tenancy.signing_up.contracts import Door, SignUpInput

LINK_LASTS = timedelta(hours=24)
# Mails to one address in that time, whoever asks for them.
MOST_MAILS = 5
VERSION_CHARACTERS, URL_CHARACTERS, TEXT_CHARACTERS = 40, 500, 50_000


def sign_up_digest(token: str) -> str:
    """What is stored of a link's token. It has 256 random bits: a plain hash is enough."""
    return hashlib.sha256(f"sign-up:{token}".encode()).hexdigest()


def problem_of(door: Door) -> tuple[str, str] | None:
    """The first field that is refused, and why."""
    if len(door.terms_version) > VERSION_CHARACTERS:
        return "terms_version", N_("that is too long")
    if len(door.terms_text) > TEXT_CHARACTERS:
        return "terms_text", N_("that is too long")
    if door.terms_url and not _is_web_page(door.terms_url):
        return "terms_url", N_("give an address that begins with https://")
    if door.is_open and not door.terms_version:
        return "terms_version", N_("whoever signs up accepts a version")
    if door.is_open and not (door.terms_url or door.terms_text):
        return "terms_text", N_("give the terms, or the address of their page")
    return None


def _is_web_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and len(url) <= URL_CHARACTERS


def in_one_form(told: SignUpInput) -> SignUpInput:
    """Address and country in the letters in which they are kept."""
    company = replace(told.company, country=told.company.country.strip().upper())
    return replace(told, email=told.email.strip().lower(), company=company)


def told_again(kept: Mapping[str, Any]) -> SignUpInput:
    """What was told, from how it was kept."""
    more = {"company": Company(**kept["company"]), "region": Region(kept["region"])}
    return SignUpInput(**{**kept, **more})
