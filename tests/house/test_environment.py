"""Start-up settings: typed, all problems at once, unknown names refused, unsafe ones too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetward.cli.check_config import rows
from fleetward.cli.own_names import use_own_names
from fleetward.cli.provider_settings import refuse_unfit_providers
from fleetward.config.env import BadEnvironment, Env, Provider, read_environment
from fleetward.connectors.registry import load_providers
from fleetward.devices.queries.pure import guess_columns

CANARY = "canary-7f3a"


def refusal(**environ: str) -> str:
    with pytest.raises(BadEnvironment) as caught:
        read_environment(environ)
    return str(caught.value)


def test_sections_and_lists_are_read() -> None:
    env = read_environment(
        {"FLEETWARD_WEB__HOSTS": "a.example, b.example", "FLEETWARD_IMPORTS__BATCH_ROWS": "2000"}
    )
    assert env.web.hosts == ("a.example", "b.example")
    assert env.imports.batch_rows == 2000


def test_unknown_names_stop_the_start_nested_ones_too() -> None:
    told = refusal(FLEETWARD_NO_SUCH="1", FLEETWARD_WEB__PROT="80")
    assert "FLEETWARD_NO_SUCH: there is no such setting" in told
    assert "FLEETWARD_WEB__PROT: there is no such setting" in told


def test_values_out_of_range_are_named() -> None:
    assert "FLEETWARD_WEB__PORT" in refusal(FLEETWARD_WEB__PORT="70000")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{CANARY}\n", encoding="utf-8")
    env = read_environment({"FLEETWARD_SECRET_KEY_FILE": str(file)})
    assert env.secret_key.get_secret_value() == CANARY
    assert "there is no file" in refusal(FLEETWARD_SECRET_KEY_FILE=str(tmp_path / "none"))


def test_names_of_the_installation_are_read_from_a_file_or_say_what_is_wrong(
    tmp_path: Path,
) -> None:
    file = tmp_path / "names.toml"
    file.write_text('[headers]\nserial = ["Seriennummer"]\n', encoding="utf-8")
    environ = {"FLEETWARD_DEVICES__NAMES_FILE": str(file)}
    use_own_names(read_environment(environ))
    assert guess_columns(["Seriennummer"]).columns == {"serial": "Seriennummer"}
    file.write_text("[header]", encoding="utf-8")
    with pytest.raises(BadEnvironment, match="FLEETWARD_DEVICES__NAMES: there is no part header;"):
        use_own_names(read_environment(environ))
    use_own_names(Env())
    assert guess_columns(["Seriennummer"]).columns == {}


def test_port_moves_the_address_with_it() -> None:
    env = read_environment({"PORT": "8123"})
    assert (env.web.port, env.web.public_url) == (8123, "http://127.0.0.1:8123")


@pytest.mark.parametrize("extra", [{"FLEETWARD_DEBUG": "1"}, {}])
def test_a_public_address_refuses_debug_and_the_built_in_secret(extra: dict[str, str]) -> None:
    assert refusal(FLEETWARD_WEB__PUBLIC_URL="https://fleet.example", **extra)


def test_check_config_masks_every_secret() -> None:
    env = read_environment(
        {
            "DATABASE_URL": f"postgresql://app:{CANARY}@db.example/fleetward",
            "FLEETWARD_SECRET_KEY": CANARY,
            "FLEETWARD_MAIL__PASSWORD": CANARY,
            "FLEETWARD_PROVIDERS__DELL__BASE_URL": "http://127.0.0.1:9000",
        }
    )
    shown = {name: value for name, value, _ in rows(env)}
    assert CANARY not in str(shown)
    assert shown["FLEETWARD_PROVIDERS__DELL__BASE_URL"] == "http://127.0.0.1:9000"
    assert shown["FLEETWARD_DATABASE_URL"] == "postgresql://app:********@db.example/fleetward"


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    documented = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert documented == set(names_of_settings())


def names_of_settings() -> Iterator[str]:
    """Every variable; the sections for each provider by the ones we bring, or by Dell's."""
    yield from (name for name, _, _ in rows(Env()))
    yield from (f"FLEETWARD_PROVIDERS__DELL__{n.upper()}" for n in Provider.model_fields)
    for key, provider in load_providers().items():
        for field in provider.traits.fields:
            yield f"FLEETWARD_CHECK__{key.upper()}__{field.name.upper()}"


def test_names_of_settings_cover_every_section_with_free_keys() -> None:
    free = {name for name, value in Env() if isinstance(value, dict)}
    assert free == {"providers", "check"}


def unfit(**environ: str) -> list[str]:
    with pytest.raises(BadEnvironment) as caught:
        refuse_unfit_providers(read_environment(environ))
    return str(caught.value).splitlines()


def test_a_mistyped_provider_is_refused_and_not_called_at_the_vendors_address() -> None:
    known = "there are apple, cisco, dell, dynabook, hp, lenovo"
    assert unfit(
        FLEETWARD_PROVIDERS__DELLL__BASE_URL="https://proxy.example",
        FLEETWARD_CHECK__HPP__CLIENT_ID="me",
    ) == [
        f"FLEETWARD_PROVIDERS__DELLL__...: there is no provider delll; {known}",
        f"FLEETWARD_CHECK__HPP__...: there is no provider hpp; {known}",
    ]


def test_plain_http_needs_the_operators_leave() -> None:
    bent = {"FLEETWARD_PROVIDERS__DELL__BASE_URL": "http://127.0.0.1:9100/dell"}
    assert "FLEETWARD_PROVIDERS__DELL__BASE_URL: must begin with https:" in unfit(**bent)[0]
    opened = bent | {"FLEETWARD_OUTGOING__ALLOW_INTERNAL": "127.0.0.1"}
    refuse_unfit_providers(read_environment(opened))


def test_a_list_of_internal_addresses_that_cannot_be_read_is_refused() -> None:
    assert (
        "FLEETWARD_OUTGOING__ALLOW_INTERNAL: '10.0.0.0/99'"
        in unfit(FLEETWARD_OUTGOING__ALLOW_INTERNAL="10.0.0.0/99")[0]
    )
