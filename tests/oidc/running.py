"""The identity provider of `provider.mjs` while tests run, and somebody who signs in there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

from fleetward.cli.ports import free_port
from tests.plugins.server import ROOT

CLIENT, SECRET = "fleetward", "a-secret-of-tests: 100% & more"
PROGRAM = Path(__file__).with_name("provider.mjs")
START_SECONDS = 30
STEPS = 12


@dataclass(frozen=True)
class RealProvider:
    issuer: str

    def sign_in(self, question: str, who: str) -> str:
        """Open what our page leads to, sign in as somebody, agree; where one is sent back to."""
        with httpx.Client() as browser:
            answer = browser.get(question)
            for _ in range(STEPS):
                if not answer.is_redirect:
                    answer = self._sent(browser, answer, who)
                    continue
                where = urljoin(str(answer.url), answer.headers["location"])
                if not where.startswith(self.issuer):
                    return where
                answer = browser.get(where)
        raise AssertionError("the provider leads in circles")

    def _sent(self, browser: httpx.Client, page: httpx.Response, who: str) -> httpx.Response:
        asked = re.search(r'name="prompt" value="(\w+)"', page.text)
        action = re.search(r'action="([^"]+)"', page.text)
        assert asked, page.text
        assert action, page.text
        given = {"prompt": asked[1], "login": who, "password": "any"}
        return browser.post(urljoin(str(page.url), action[1]), data=given)


def node() -> str:
    """That of the development set, or the system's."""
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
    found = shutil.which("node", path=os.pathsep.join(places))
    assert found, "there is no node; tools/environment.py dev installs one"
    return found


@contextmanager
def running_provider(callback: str) -> Iterator[RealProvider]:
    """A provider that sends people back to `callback` and nowhere else."""
    port = free_port()
    client = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [callback]}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [node(), str(PROGRAM), str(port), json.dumps(client)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}", process)
            yield RealProvider(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(10)


def _wait(issuer: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration")
        except httpx.TransportError:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < deadline, "the provider does not answer"
            time.sleep(0.1)
        else:
            return
