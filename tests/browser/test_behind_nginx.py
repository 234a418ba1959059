"""The product behind `deploy/nginx/fleetward.conf`: a real nginx that ends TLS in front of it."""

from __future__ import annotations

import datetime
import getpass
import http.client
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import BrowserContext, expect
from pytest_django.plugin import DjangoDbBlocker
from tools.check import HELP_FOR_NGINX, nginx_program

from fleetward.audit.models import Entry
from fleetward.cli.ports import free_port
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role, TenantRow
from tests.cast import PASSWORD, make_tenant, make_user
from tests.plugins.database import committed_database
from tests.plugins.server import ROOT
from tests.plugins.site import Site, running_site
from tests.races import wait_until
from tests.simulators import running_simulators

pytestmark = pytest.mark.browser

SHIPPED = ROOT / "deploy" / "nginx" / "fleetward.conf"
EMAIL = "admin@acme.example"
ELSEWHERE = "203.0.113.9"


@dataclass(frozen=True)
class Front:
    """What the outside sees: nginx with its certificate, and the product's own door behind it."""

    url: str
    plain_url: str
    tls: ssl.SSLContext
    site: Site
    tenant: TenantRow
    token: str

    def call(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}  # type: ignore[dict-item]
        with httpx.Client(verify=self.tls, trust_env=False, timeout=60) as client:
            return client.request(method, f"{self.url}{path}", headers=headers, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def front(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    secure, plain = free_port(), free_port()
    settings = {
        "FLEETWARD_WEB__PUBLIC_URL": f"https://localhost:{secure}",
        "FLEETWARD_WEB__TRUSTED_PROXIES": "127.0.0.1",
    }
    with (
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
        running_site(database, simulators, has_worker=False, settings=settings) as site,
        nginx(folder, site, secure, plain) as tls,
    ):
        tenant = make_tenant("Acme")
        make_user(EMAIL, {tenant.id: Role.IT_ADMIN})
        said = site.command(
            *("token", "create", "--email", EMAIL, "--tenant", tenant.customer_id),
            *("--name", "proxy"),
        )
        yield Front(
            f"https://localhost:{secure}",
            f"http://localhost:{plain}",
            tls,
            site,
            tenant,
            said.split()[-1],
        )


@contextmanager
def nginx(folder: Path, site: Site, secure: int, plain: int) -> Iterator[ssl.SSLContext]:
    """nginx with the shipped file, of which only names and places are changed, while it runs."""
    program = nginx_program() or pytest.fail(HELP_FOR_NGINX, pytrace=False)
    certify(folder)
    (folder / "site.conf").write_text(_adapted(folder, site, secure, plain), encoding="utf-8")
    main = folder / "nginx.conf"
    main.write_text(_frame(folder), encoding="utf-8")
    command = [str(program), "-c", str(main), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command)
    tls = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    try:
        wait_until(lambda: _answers(plain))
        yield tls
    finally:
        process.terminate()
        process.wait(20)


def _adapted(folder: Path, site: Site, secure: int, plain: int) -> str:
    changes = {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen {plain};",
        "listen 443 ": f"listen {secure} ",
        "https://fleet.example.com": f"https://localhost:{secure}",
        "server_name fleet.example.com": "server_name localhost",
        "/etc/letsencrypt/live/fleet.example.com": str(folder),
        "http://127.0.0.1:8000": site.url,
        "syslog:server=unix:/dev/log,nohostname": str(folder / "error.log"),
    }
    text = SHIPPED.read_text(encoding="utf-8")
    for shipped, here in changes.items():
        assert shipped in text
        text = text.replace(shipped, here)
    return text


def _frame(folder: Path) -> str:
    """What a distribution's nginx.conf has around the files of its sites."""
    kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"    {name}_temp_path {folder / name};" for name in kept)
    # Its workers keep the bodies of requests in folders of ours.
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
    return (
        f"{user}pid {folder / 'nginx.pid'};\nevents {{}}\n"
        f"http {{\n{places}\n    include {folder / 'site.conf'};\n}}\n"
    )


def certify(folder: Path) -> None:
    """A certificate for localhost that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://localhost:{port}/", trust_env=False)
    except httpx.TransportError:
        return False
    return True


def test_a_plain_address_leads_to_tls(front: Front) -> None:
    answer = httpx.get(f"{front.plain_url}/t/x/?a=b", trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"{front.url}/t/x/?a=b")


def test_somebody_signs_in_and_changes_something(
    front: Front, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(ignore_https_errors=True)
    page = context.new_page()
    answer = page.goto(front.url)
    assert answer is not None
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{front.url}/t/**")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    cookies = [one for one in context.cookies() if "session" in one["name"]]
    assert [one["secure"] for one in cookies] == [True]


def test_a_list_is_taken_in_and_too_large_a_one_is_refused_at_the_door(front: Front) -> None:
    rows = "".join(f"SN{number:07},Dell\n" for number in range(200_000))
    files = {"file": ("devices.csv", f"Serial Number,Manufacturer\n{rows}", "text/csv")}
    assert front.call("POST", "/api/v1/imports", files=files).status_code == 202
    connection = http.client.HTTPSConnection(
        "localhost", httpx.URL(front.url).port, timeout=60, context=front.tls
    )
    connection.putrequest("POST", "/api/v1/imports")
    connection.putheader("Content-Length", str(600 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def device_added(call: Callable[..., httpx.Response], serial: str, tenant: TenantRow) -> Entry:
    answer = call(
        "POST",
        "/api/v1/devices",
        json={"serial": serial, "manufacturer": "Dell"},
        headers={"X-Forwarded-For": ELSEWHERE, "X-Request-ID": "chosen-outside"},
    )
    assert answer.status_code == 201
    with tenant_scope([tenant.id]):
        return Entry.objects.get(request_id=answer.headers["x-request-id"])


def test_what_a_client_says_of_itself_is_not_believed(front: Front) -> None:
    entry = device_added(front.call, "AAA1111", front.tenant)
    assert entry.address == "127.0.0.1"
    assert entry.request_id != "chosen-outside"


def test_control_the_product_believes_its_proxy(front: Front) -> None:
    def directly(method: str, path: str, **more: object) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {front.token}",
            "Host": httpx.URL(front.url).host,
            **more.pop("headers", {}),  # type: ignore[dict-item]
        }
        address = f"{front.site.url}{path}"
        return httpx.request(method, address, headers=headers, trust_env=False, **more)  # type: ignore[arg-type]

    entry = device_added(directly, "BBB2222", front.tenant)
    assert (entry.address, entry.request_id) == (ELSEWHERE, "chosen-outside")


def test_probes_answer_on_this_machine(front: Front) -> None:
    assert front.call("GET", "/health/live").status_code == 200
