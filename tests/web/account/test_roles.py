"""Settings > Roles: the table of permissions, and roles of the tenant's own (L1)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from fleetward.access.queries import capabilities, on_offer, reach_of
from fleetward.kernel.rights import BASIC, Capability
from fleetward.tenancy.contracts import Role, TenantKind
from fleetward.tenancy.models import CustomRole
from fleetward.tenancy.queries import roles_of_user
from fleetward.web.permission_texts import TEXTS, grouped
from tests.cast import Cast, actor_of, make_partners
from tests.web.account.test_pages import signed_in

ROOT = Path(__file__).resolve().parents[3]
PARTNER = TenantKind.PARTNER
CUSTOMERS = {
    "I": Role.IT_ADMIN,
    "D": Role.DEVICE_ADMIN,
    "C": Role.CONNECTOR_ADMIN,
    "V": Role.DEVELOPER,
    "R": Role.REPORT_ADMIN,
}
LETTERS = {"P": Role.PARTNER_ADMIN, "S": Role.PARTNER_SERVICE}


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/settings/"


def make(client: Client, here: str, *rights: str, name: str = "Warehouse") -> UUID:
    given = {"name": name, "description": "What arrives", "permissions": list(rights)}
    answer = client.post(f"{here}roles/new/", given)
    assert answer.status_code == 302, answer.content
    return CustomRole.objects.get(name=name).uid


def test_the_table_shows_what_each_predefined_role_may(admin: Client, here: str) -> None:
    page = admin.get(f"{here}roles/").content.decode()
    for text in ("Connector Admin", "Developer", "Import lists of devices", "Read the logs"):
        assert text in page
    assert "Create customers" not in page
    assert f'{here}roles/new/?from=REPORT_ADMIN"' in page


@pytest.mark.django_db
def test_partners_have_a_table_of_their_own() -> None:
    partners = make_partners()
    address = f"/t/{partners.acme.customer_id}/settings/roles/"
    page = signed_in(partners.admin).get(address).content.decode()
    assert "Partner Service Specialist" in page
    assert "Create customers" in page
    assert "Device Admin" not in page


def test_a_role_is_made_given_changed_and_deleted(cast: Cast, admin: Client, here: str) -> None:
    uid = make(admin, here, "IMPORT_DEVICES")
    assert b"Warehouse" in admin.get(f"{here}roles/").content
    answer = admin.post(
        f"{here}users/{cast.reader.uid}/", {"role": str(uid), "was": "REPORT_ADMIN"}
    )
    assert answer.status_code == 302
    assert capabilities(actor_of(cast.reader), tenant=cast.acme.id) == BASIC | {
        Capability.IMPORT_DEVICES
    }
    listed = admin.get(f"{here}users/").content.decode()
    assert f'<option value="{uid}" selected>Warehouse</option>' in listed
    own = signed_in(cast.reader).get(f"/t/{cast.acme.customer_id}/account/").content.decode()
    assert "Warehouse" in own
    admin.post(f"{here}roles/{uid}/", {"name": "Logs", "permissions": ["SEE_AUDIT"]})
    assert signed_in(cast.reader).get(f"/t/{cast.acme.customer_id}/logs/").status_code == 200
    refused = admin.post(f"{here}roles/{uid}/delete/", {})
    assert refused.status_code == 422
    gone = admin.post(f"{here}roles/{uid}/delete/", {"instead": "DEVELOPER"})
    assert gone.status_code == 302
    assert roles_of_user(cast.reader.id)[cast.acme.id] == Role.DEVELOPER


def test_a_copy_begins_with_what_the_other_may(admin: Client, here: str) -> None:
    page = admin.get(f"{here}roles/new/?from=DEVICE_ADMIN").content.decode()
    assert 'value="Copy of Device Admin"' in page
    ticked = 'id="right-IMPORT_DEVICES" value="IMPORT_DEVICES" checked'
    assert ticked in page
    assert 'id="right-SEE_AUDIT" value="SEE_AUDIT" checked' not in page
    uid = make(admin, here, "SEE_AUDIT")
    assert "Copy of Warehouse" in admin.get(f"{here}roles/new/?from={uid}").content.decode()
    for unknown in ("GARDENER", "MANAGING_ADMIN", str(UUID(int=4))):
        page = admin.get(f"{here}roles/new/?from={unknown}").content.decode()
        assert "Copy of" not in page


def test_who_manages_users_sees_only_what_may_be_given(
    cast: Cast, admin: Client, here: str
) -> None:
    uid = make(admin, here, "MANAGE_USERS", "IMPORT_DEVICES", name="People")
    further = make(admin, here, "SEE_AUDIT", name="Logs")
    admin.post(f"{here}users/{cast.reader.uid}/", {"role": str(uid)})
    client = signed_in(cast.reader)
    page = client.get(f"{here}users/").content.decode()
    assert f'<option value="{uid}"' in page
    assert "IT_ADMIN" not in page
    assert f"{here}users/{cast.admin.uid}/" not in page
    listed = client.get(f"{here}roles/").content.decode()
    assert f"{here}roles/{uid}/" in listed
    assert f'{here}roles/{further}/"' not in listed
    form = client.get(f"{here}roles/new/").content.decode()
    assert 'value="SEE_AUDIT"  disabled' in form
    given = {"name": "Mine", "permissions": ["SEE_AUDIT"]}
    refused = client.post(f"{here}roles/new/", given)
    assert (refused.status_code, b"may more than your own" in refused.content) == (422, True)
    before = client.post(f"{here}users/{cast.admin.uid}/remove/", follow=True)
    assert b"may more than your own" in before.content


def test_a_form_behind_says_so(admin: Client, here: str) -> None:
    uid = make(admin, here)
    late = {"name": "Late", "seen": "2020-01-01T00:00:00+00:00"}
    refused = admin.post(f"{here}roles/{uid}/", late)
    assert (refused.status_code, CustomRole.objects.get().name) == (409, "Warehouse")


def test_every_permission_has_words_and_a_line_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "roles.md").read_text("utf-8")
    first, second = reference.split("## Of a partner")
    for kind, letters, text in (
        (TenantKind.CUSTOMER, CUSTOMERS, first),
        (PARTNER, LETTERS, second),
    ):
        lines = [line for line in text.splitlines() if line.startswith("| `")]
        wanted = [
            f"| `{right}` | {TEXTS[right]} | {' '.join(_who(right, letters))} |"
            for _heading, rights in grouped(on_offer(kind))
            for right in rights
        ]
        assert lines == wanted


def _who(right: Capability, letters: dict[str, Role]) -> list[str]:
    return [letter for letter, role in letters.items() if right in reach_of(str(role))]
