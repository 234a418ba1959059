"""The rules of devices as pure functions: no database, clock, settings or network.

`manufacturers` and `serials` canonicalise and judge, `identity` and `matching` say which device is
meant, `columns` matches headers, `names` reads what an installation adds to both, `values` reads
countries, days and texts. A million rows at once are `devices.imports.prepare`, their twin.
"""

from fleetward.devices.rules.archiving import archive_before
from fleetward.devices.rules.columns import guess_columns, missing_fields
from fleetward.devices.rules.identity import Maker, Meant, agreed_maker, meant
from fleetward.devices.rules.keys import Names, own_names, use_names
from fleetward.devices.rules.manufacturers import (
    is_virtual_machine,
    normalise_manufacturer,
    other_maker,
)
from fleetward.devices.rules.matching import Stored, named
from fleetward.devices.rules.names import BadNames, parse_names
from fleetward.devices.rules.serials import (
    JunkList,
    canonical_product_number,
    canonical_serial,
    default_junk,
    serial_hints,
    serial_problem,
)
from fleetward.devices.rules.values import clean_text, country_code, country_names

__all__ = [
    "BadNames",
    "JunkList",
    "Maker",
    "Meant",
    "Names",
    "Stored",
    "agreed_maker",
    "archive_before",
    "canonical_product_number",
    "canonical_serial",
    "clean_text",
    "country_code",
    "country_names",
    "default_junk",
    "guess_columns",
    "is_virtual_machine",
    "meant",
    "missing_fields",
    "named",
    "normalise_manufacturer",
    "other_maker",
    "own_names",
    "parse_names",
    "serial_hints",
    "serial_problem",
    "use_names",
]
