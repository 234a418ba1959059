"""Second factors: each code once, also at the same moment; rotation of keys; the operator's way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.cli.main import fleetward
from fleetward.identity.contracts import UnknownUser
from fleetward.identity.models import AuthenticatorApp, Passkey, RecoveryCode, User
from fleetward.identity.passkeys.actions import add_passkey, begin_passkey, remove_passkey
from fleetward.identity.passkeys.contracts import RelyingSite
from fleetward.identity.second_factor import actions
from fleetward.identity.second_factor.actions import (
    new_app_secret,
    remove_app,
    remove_second_factors,
    renew_recovery_codes,
    set_up_app,
    use_code,
)
from fleetward.identity.second_factor.contracts import (
    CODES,
    AppAlreadySetUp,
    NoSecondFactor,
    WrongCode,
)
from fleetward.identity.second_factor.queries import second_factors
from fleetward.identity.second_factor.rules import code_of_step, step_at
from fleetward.infra import keys
from fleetward.infra.crypto import key_of
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import NotFound
from tests.authenticator import Device
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


def set_up(user: User) -> tuple[str, list[str]]:
    secret = new_app_secret()
    code = code_of_step(secret, step_at(NOW))
    return secret, set_up_app(actor=actor_of(user), secret=secret, code=code, now=NOW)


def verbs(cast: Cast) -> list[str]:
    page = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id)
    return [row.verb for row in page.rows]


def test_an_app_is_set_up_by_a_code_that_it_shows(cast: Cast) -> None:
    with pytest.raises(WrongCode):
        set_up_app(actor=actor_of(cast.reader), secret=new_app_secret(), code="000000", now=NOW)
    assert not second_factors(cast.reader.id).is_asked
    secret, codes = set_up(cast.reader)
    assert second_factors(cast.reader.id).is_asked
    assert len(set(codes)) == CODES == second_factors(cast.reader.id).codes_left
    app = AuthenticatorApp.objects.get(user=cast.reader)
    assert secret not in app.sealed_secret
    with pytest.raises(AppAlreadySetUp):
        set_up(cast.reader)
    assert verbs(cast) == [Verb.SECOND_FACTOR_ADDED]


def test_a_code_works_once(cast: Cast) -> None:
    secret, codes = set_up(cast.reader)
    actor = actor_of(cast.reader)
    with pytest.raises(WrongCode):
        use_code(actor=actor, code=code_of_step(secret, step_at(NOW)), now=NOW)
    for code in (code_of_step(secret, step_at(LATER)), codes[0]):
        use_code(actor=actor, code=code.lower(), now=LATER)
        with pytest.raises(WrongCode):
            use_code(actor=actor, code=code, now=LATER)
    assert second_factors(cast.reader.id).codes_left == CODES - 1
    assert verbs(cast) == [Verb.RECOVERY_CODE_USED, Verb.SECOND_FACTOR_ADDED]


def test_of_two_who_send_a_code_at_once_one_passes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read what was used before; the other has written meanwhile."""
    secret, _ = set_up(cast.reader)
    actor, code = actor_of(cast.reader), code_of_step(secret, step_at(LATER))
    found = actions.matching_step

    def overtaken(*given: object, **more: object) -> int | None:
        step = found(*given, **more)  # type: ignore[arg-type]
        AuthenticatorApp.objects.filter(user=cast.reader).update(latest_step=step)
        return step

    monkeypatch.setattr(actions, "matching_step", overtaken)
    with pytest.raises(WrongCode):
        use_code(actor=actor, code=code, now=LATER)


def test_codes_of_others_are_wrong(cast: Cast) -> None:
    secret, codes = set_up(cast.reader)
    set_up(cast.admin)
    for code in (code_of_step(secret, step_at(LATER)), codes[0], "", "'"):
        with pytest.raises(WrongCode):
            use_code(actor=actor_of(cast.admin), code=code, now=LATER)


def test_without_an_app_no_code_is_right(cast: Cast) -> None:
    for code in ("000000", "0123-4567-89AB"):
        with pytest.raises(WrongCode):
            use_code(actor=actor_of(cast.reader), code=code, now=NOW)
    with pytest.raises(NotFound):
        renew_recovery_codes(actor=actor_of(cast.reader), now=NOW)
    with pytest.raises(NotFound):
        remove_app(actor=actor_of(cast.reader))


def test_new_recovery_codes_end_the_old_ones(cast: Cast) -> None:
    _, before = set_up(cast.reader)
    actor = actor_of(cast.reader)
    after = renew_recovery_codes(actor=actor, now=LATER)
    with pytest.raises(WrongCode):
        use_code(actor=actor, code=before[0], now=LATER)
    use_code(actor=actor, code=after[0], now=LATER)


def test_switching_off_ends_everything(cast: Cast) -> None:
    set_up(cast.reader)
    remove_app(actor=actor_of(cast.reader))
    assert not second_factors(cast.reader.id).is_asked
    assert not RecoveryCode.objects.exists()
    assert verbs(cast)[0] == Verb.SECOND_FACTOR_REMOVED


def test_without_the_app_recovery_codes_still_stand_in_for_a_passkey(cast: Cast) -> None:
    set_up(cast.reader)
    actor, site = actor_of(cast.reader), RelyingSite("localhost", "http://localhost")
    asked = begin_passkey(actor=actor, site=site)
    given = {"state": asked.state, "answer": Device().make(asked.options), "name": "", "now": NOW}
    assert add_passkey(actor=actor, site=site, **given) == [], "there are codes already"
    remove_app(actor=actor)
    assert second_factors(cast.reader.id).codes_left == CODES
    remove_passkey(actor=actor, uid=Passkey.objects.get().uid)
    assert not RecoveryCode.objects.exists()


def test_the_operator_removes_it_and_the_trail_tells(cast: Cast) -> None:
    set_up(cast.reader)
    command = ["user", "remove-second-factor", "--email", cast.reader.email]
    assert CliRunner().invoke(fleetward, command).exit_code == 0
    assert not second_factors(cast.reader.id).is_asked
    page = list_entries(
        actor=actor_of(cast.admin), tenant=cast.acme.id, verb=Verb.SECOND_FACTOR_REMOVED
    )
    assert [(row.actor, row.subject) for row in page.rows] == [
        ("Command line", f"user:{cast.reader.uid}")
    ]
    again = CliRunner().invoke(fleetward, command)
    assert isinstance(again.exception, NoSecondFactor)
    with pytest.raises(UnknownUser):
        remove_second_factors(actor=system_actor("Tests"), email="nobody@acme.example")


@pytest.mark.usefixtures("key_file")
def test_the_secret_takes_part_in_the_rotation_of_keys(cast: Cast) -> None:
    secret, _ = set_up(cast.reader)
    before = AuthenticatorApp.objects.get(user=cast.reader)
    old = key_of(before.sealed_secret)
    new = keys.add_key()
    keys.put_first(new)
    assert keys.count_values([cast.acme.id, cast.other.id])[old] == 1
    total = sum(done.values for done in keys.reseal_everything([cast.acme.id, cast.other.id]))
    assert total == 1
    assert key_of(AuthenticatorApp.objects.get(user=cast.reader).sealed_secret) == new
    code = code_of_step(secret, step_at(LATER))
    use_code(actor=actor_of(cast.reader), code=code, now=LATER)


def test_a_seal_opens_in_no_other_row(cast: Cast) -> None:
    secret, _ = set_up(cast.reader)
    set_up(cast.admin)
    moved = AuthenticatorApp.objects.get(user=cast.reader).sealed_secret
    AuthenticatorApp.objects.filter(user=cast.admin).update(sealed_secret=moved)
    with pytest.raises(Exception, match="sealed for another"):
        use_code(actor=actor_of(cast.admin), code=code_of_step(secret, step_at(LATER)), now=LATER)
