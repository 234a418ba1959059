"""`devices_junk_key` finds of every stored serial what `rules.is_junk` finds (E12)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleetward.devices.rules import JunkList, canonical_serial, default_junk
from fleetward.devices.rules.serials import is_junk
from fleetward.infra import sql

pytestmark = pytest.mark.django_db

FUNCTION = """
SELECT devices_junk_key(%(serial)s) = '' OR devices_junk_key(%(serial)s) = ANY (%(junk)s::text[])
"""
LIST = JunkList.of([*default_junk().keys, "LOANER-1", "prêt 2"])
serials = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12),
    st.text("0A-. /é\u212a", max_size=8),
    st.sampled_from(sorted(LIST.keys)).map("-".join),
)


@given(text=serials)
@example("loaner-1")
@example("LOANER 1")
@example("Pret-2")
@example("0000000")
@example("x-x-x")
@example("---")
@example("日本")
@example("")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_e12_the_function_and_the_rule_agree(text: str) -> None:
    serial = canonical_serial(text)
    params = {"serial": serial, "junk": sorted(LIST.keys)}
    assert sql.fetch_text(FUNCTION, params) == [(is_junk(serial, LIST),)]
