"""Settings > External services: save, keep, test in the vendor's words, switch, remove (W2)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest

from fleetward.connections.contracts import Terms
from fleetward.connections.queries import find_connection
from fleetward.connectors.apple.assertion import new_key
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from tests.bulk import process, set_up
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.plugins.variables import SetEnv
from tests.simulators import VENDORS, Simulators
from tests.web.reading import signed_in

pytestmark = pytest.mark.django_db
CANARY = "canary-5ecret-9911"


@pytest.fixture
def page(cast: Cast, vendors: Simulators) -> str:
    return f"/t/{cast.acme.customer_id}/settings/external-services/"


def given(secret: str = CANARY, **more: str) -> dict[str, str]:
    values = {"client_id": "ours", "client_secret": secret, "is_enabled": "on", **more}
    return {f"dell-{name}": value for name, value in values.items()}


def test_w2_a_secret_is_stored_shown_masked_and_kept(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    assert client.post(page + "dell/", given()).status_code == 302
    shown = client.get(page).content.decode()
    assert CANARY not in shown
    assert "Leave it empty to keep it." in shown
    assert client.post(page + "dell/", given("", client_id="other")).status_code == 302
    row = find_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell")
    assert row is not None
    assert (row.settings["client_id"], row.secrets) == ("other", {"client_secret"})


def fields_of(shown: str) -> dict[str, str]:
    """What a browser sends back of Dell's form, unless somebody types."""
    found: dict[str, str] = {}
    for tag in re.findall(r'<input[^>]*name="dell-[^>]*>', shown):
        name = re.findall(r'name="([^"]+)"', tag)[0]
        if 'type="checkbox"' not in tag:
            found[name] = "".join(re.findall(r'value="([^"]*)"', tag))
        elif "checked" in tag:
            found[name] = "on"
    return found


def test_two_who_save_at_once_keep_what_each_has_changed(cast: Cast, page: str) -> None:
    client, colleague = signed_in(cast.admin), signed_in(cast.admin)
    client.post(page + "dell/", given(secret_expires_on="2027-01-31"))
    mine, theirs = (fields_of(one.get(page).content.decode()) for one in (client, colleague))
    assert colleague.post(page + "dell/switch/", {"is_enabled": "0"}).status_code == 302
    theirs |= {"dell-client_id": "theirs"}
    assert colleague.post(page + "dell/", theirs).status_code == 302
    mine |= {"dell-secret_expires_on": "2027-02-28"}
    assert client.post(page + "dell/", mine).status_code == 302
    row = find_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell")
    assert row is not None
    assert row.terms == Terms({"client_id": "theirs"}, False, date(2027, 2, 28))
    assert row.secrets == {"client_secret"}


def test_what_both_have_changed_is_told_and_stored_by_whoever_means_it(
    cast: Cast, page: str
) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given(secret_expires_on="2027-01-31"))
    opened = fields_of(client.get(page).content.decode())
    first = {"dell-client_id": "first", "dell-secret_expires_on": "2027-02-01"}
    client.post(page + "dell/", opened | first)
    second = {"dell-client_id": "second", "dell-secret_expires_on": "2027-02-02"}
    stopped = client.post(page + "dell/", opened | second | {"dell-client_secret": "typed"})
    told = stopped.content.decode()
    assert stopped.status_code == 409
    assert "Somebody else changed the same settings" in told
    assert "Meanwhile it was set to: first" in told
    assert "Meanwhile it was set to: 1 Feb 2027" in told
    assert "Type it again." in told
    assert "typed" not in fields_of(told).values()
    assert fields_of(told)["dell-client_id"] == "second"
    assert client.post(page + "dell/", fields_of(told)).status_code == 302
    row = find_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell")
    assert row is not None
    assert row.terms == Terms({"client_id": "second"}, True, date(2027, 2, 2))


def apple(key: str) -> dict[str, str]:
    values = {
        "organisation": "school",
        "client_id": "SCHOOLAPI.1",
        "key_id": "k",
        "is_enabled": "on",
    }
    return {f"apple-{name}": value for name, value in (values | {"private_key": key}).items()}


def test_w2_a_key_of_several_lines_is_stored_and_never_shown(cast: Cast, page: str) -> None:
    client, key = signed_in(cast.admin), new_key()
    # Browsers end lines in their own way.
    sent = apple(key.replace("\n", "\r\n"))
    assert client.post(page + "apple/", sent).status_code == 302
    shown = client.get(page).content.decode()
    assert "Apple School Manager" in shown
    for line in key.splitlines()[1:-1]:
        assert line not in shown
    assert "answers." in client.post(page + "apple/test/", follow=True).content.decode()
    refused = client.post(page + "apple/", sent | {"apple-client_id": ""})
    assert refused.status_code == 422
    assert key.splitlines()[1] not in refused.content.decode(), "nor in a form with an error"


def test_a_choice_is_one_of_those_that_there_are(cast: Cast, page: str) -> None:
    answer = signed_in(cast.admin).post(
        page + "apple/", apple(new_key()) | {"apple-organisation": "x"}
    )
    assert answer.status_code == 422


def test_a_key_that_cannot_sign_is_told_by_the_test(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    client.post(page + "apple/", apple("-----BEGIN PRIVATE KEY-----\nnone\n"))
    told = client.post(page + "apple/test/", follow=True).content.decode()
    assert "The private key is not valid." in told


def test_w3_the_secret_has_an_end_that_is_shown(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given(secret_expires_on="2030-05-06"))
    assert "6 May 2030" in client.get(page).content.decode()


def test_a_missing_secret_is_told_at_its_field(cast: Cast, page: str) -> None:
    answer = signed_in(cast.admin).post(page + "dell/", given(""))
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()


def test_w2_test_connection_tells_success_and_the_vendors_own_words(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given())
    assert (
        "Dell TechDirect answers." in client.post(page + "dell/test/", follow=True).content.decode()
    )
    client.post(
        page + "hp/", {"hp-client_id": "x", "hp-client_secret": "wrong", "hp-is_enabled": "on"}
    )
    refused = client.post(page + "hp/test/", follow=True).content.decode()
    assert "does not accept this" in refused
    assert "Failing" in refused


def test_w3_a_waiting_secret_is_shown_tested_and_discarded(
    cast: Cast, page: str, vendors: Simulators
) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given())
    client.post(page + "dell/test/")
    client.post(page + "dell/", given("another-secret", secret_expires_on="2031-02-03"))
    shown = client.get(page).content.decode()
    assert "A new secret waits for its test" in shown
    assert "3 Feb 2031" in shown
    vendors.dial("dell", refuse_credentials=True)
    client.post(page + "dell/test/")
    failed = client.get(page).content.decode()
    assert "The new secret failed its test" in failed
    assert "Working" in failed
    discarded = client.post(page + "dell/discard/", follow=True).content.decode()
    assert "The new secret of Dell TechDirect is discarded." in discarded
    assert "waits for its test" not in discarded
    assert "is discarded" not in client.post(page + "dell/discard/", follow=True).content.decode()


def test_w3_a_new_secret_does_not_take_over_the_date_that_stood_in_the_form(
    cast: Cast, page: str
) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given(secret_expires_on="2027-01-31"))
    client.post(page + "dell/", given("", secret_expires_on="2027-02-01"))
    assert "1 Feb 2027" in client.get(page).content.decode()
    client.post(page + "dell/", given("another", secret_expires_on="2027-02-01"))
    assert "1 Feb 2027" not in client.get(page).content.decode()


def test_w2_the_last_errors_are_listed_in_the_vendors_words(
    cast: Cast, page: str, vendors: Simulators
) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given())
    for status in (500, 503):
        vendors.dial("dell", force_status=status)
        client.post(page + "dell/test/")
    shown = client.get(page).content.decode()
    assert "HTTP 500" in shown
    assert "HTTP 503" in shown


def test_w2_incomplete_credentials_cannot_be_switched_on(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    save_external_service(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        provider="dell",
        form=ServiceForm({"client_id": "ours"}, is_enabled=False),
        now=NOW,
    )
    told = client.post(page + "dell/switch/", {"is_enabled": "1"}, follow=True).content.decode()
    assert "Client secret is missing." in told
    assert "Switched off" in told


def test_a_service_is_switched_off_and_its_credentials_removed(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    client.post(page + "dell/", given())
    client.post(page + "dell/switch/", {"is_enabled": "0"})
    assert "Switched off" in client.get(page).content.decode()
    client.post(page + "dell/remove/")
    assert client.get(page).content.decode().count("Not set up") == len(VENDORS)


def test_a_service_without_credentials_is_only_switched_on(cast: Cast, page: str) -> None:
    client = signed_in(cast.admin)
    card = part(client.get(page), "dynabook")
    assert "asks for no credentials" in card
    assert "password" not in card
    told = client.post(page + "dynabook/", {"dynabook-is_enabled": "on"}, follow=True)
    assert "Dynabook Support is switched on." in told.content.decode()
    told = client.post(page + "dynabook/test/", follow=True)
    assert "Dynabook Support answers." in told.content.decode()
    card = part(told, "dynabook")
    assert "Working" in card
    assert "at most 30 a minute" in card or "no limit" in card
    assert "Secret expires" not in card
    assert "Remove credentials" not in card
    client.post(page + "dynabook/switch/", {"is_enabled": "0"})
    assert "Switched off" in part(client.get(page), "dynabook")
    client.post(page + "dynabook/switch/", {"is_enabled": "1"})
    assert "Working" in part(client.get(page), "dynabook")


def test_a_service_without_credentials_that_refuses_is_not_said_to_refuse_them(
    cast: Cast, page: str, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dynabook")
    add_devices(cast.acme.id, 1, "Dynabook", product_number="A1")
    vendors.dial("dynabook", refuse_credentials=True)
    process(actor, cast.acme.id)
    client = signed_in(cast.admin)
    card = part(client.get(page), "dynabook")
    assert "Access refused" in card
    assert "Credentials refused" not in card
    vendors.reset()
    client.post(page + "dynabook/test/")
    assert "Working" in part(client.get(page), "dynabook")


def part(answer: Any, provider: str) -> str:
    """The card of one service."""
    cards: list[str] = answer.content.decode().split('<section class="fw-panel" id="')
    return next(card for card in cards if card.startswith(f'{provider}"'))


def facts(answer: Any, provider: str) -> dict[str, str]:
    """What a card tells of its service, by label; the moments as they are for programs."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", part(answer, provider), re.DOTALL)
    texts = {name: re.sub(r'<time datetime="(.*?)".*?</time>', r"\1", text) for name, text in found}
    return {
        name: " ".join(re.sub("<.*?>", "", text, flags=re.DOTALL).split())
        for name, text in texts.items()
    }


def test_the_calls_of_today_and_the_last_success_are_shown(
    cast: Cast, page: str, vendors: Simulators
) -> None:
    actor, client = set_up(cast.acme.id, "dell", "lenovo"), signed_in(cast.admin)
    unused = facts(client.get(page), "dell")
    assert (unused["Last success"], unused["Calls today"]) == ("–", "0 no limit")
    add_devices(cast.acme.id, 150, "Dell")
    process(actor, cast.acme.id)
    stats = vendors.stats("dell")
    calls = stats["data_calls"] + stats["token_calls"]
    row = find_connection(actor=actor, tenant=cast.acme.id, provider="dell")
    assert row is not None
    assert row.latest_success_at is not None
    used = facts(client.get(page), "dell")
    assert calls == 3
    assert used["Calls today"] == "3 no limit"
    assert datetime.fromisoformat(used["Last success"]) == row.latest_success_at
    assert facts(client.get(page), "lenovo")["Calls today"] == "0 no limit"


def test_the_last_success_stays_when_the_vendor_fails(
    cast: Cast, page: str, vendors: Simulators
) -> None:
    actor, client = set_up(cast.acme.id, "dell"), signed_in(cast.admin)
    add_devices(cast.acme.id, 1, "Dell")
    process(actor, cast.acme.id)
    before = facts(client.get(page), "dell")["Last success"]
    vendors.dial("dell", refuse_credentials=True, expire_token=True)
    process(actor, cast.acme.id)
    after = client.get(page)
    assert "Credentials refused" in part(after, "dell")
    assert facts(after, "dell")["Last success"] == before != "–"


def test_w15_the_quota_is_shown_beside_what_is_used_of_it(
    cast: Cast, page: str, set_env: SetEnv
) -> None:
    set_env(
        FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE="600",
        FLEETWARD_PROVIDERS__DELL__CALLS_PER_DAY="5000",
    )
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 1, "Dell")
    process(actor, cast.acme.id)
    shown = facts(signed_in(cast.admin).get(page), "dell")["Calls today"]
    assert shown == "2 at most 600 a minute, at most 5,000 a day"


def test_w20_a_simulated_service_says_so(cast: Cast, page: str) -> None:
    assert (
        "pointed the services marked Simulated" in signed_in(cast.admin).get(page).content.decode()
    )


def test_only_an_it_admin_comes_here(cast: Cast, page: str) -> None:
    for path in (page, page + "dell/", page + "dell/test/"):
        method = signed_in(cast.device_admin)
        answer = method.get(path) if path == page else method.post(path, given())
        assert answer.status_code == 403
    assert signed_in(cast.admin).post(page + "nobody/", {}).status_code == 404
