"""An import goes by names of the installation, also in the child that prepares its rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fleetward.devices.queries.pure import parse_names, use_names
from tests.cast import Cast, actor_of
from tests.db.imports.lists import csv_of, imported, stored

pytestmark = pytest.mark.django_db
LIST = csv_of(
    [("ABC1234", "TUXEDO Computers GmbH"), ("XYZ1234", "Wyse")], ["Seriennummer", "Manufacturer"]
)


@pytest.fixture
def own() -> Iterator[None]:
    use_names(
        parse_names("""
            [manufacturers]
            "Tuxedo" = ["TUXEDO Computers GmbH"]
            "Dell" = ["Wyse"]
            [headers]
            serial = ["Seriennummer"]
        """)
    )
    yield
    use_names(parse_names(""))


@pytest.mark.usefixtures("own")
def test_w16_makers_and_columns_of_a_list_are_known_by_own_names(cast: Cast) -> None:
    imported(actor_of(cast.admin), cast.acme.id, LIST)
    assert set(stored(cast.acme.id)) == {("Tuxedo", "ABC1234", ""), ("Dell", "XYZ1234", "")}
