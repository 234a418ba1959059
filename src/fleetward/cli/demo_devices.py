"""A made-up fleet for the demo: the same list for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

HEADERS = (
    "Serial Number",
    "Manufacturer",
    "Model",
    "Product Number",
    "Computer Name",
    "Assigned User",
    "Asset Tag",
    "Location",
    "Country",
    "Purchase Date",
)

# Manufacturer as real exports write it, share of the fleet, models with a product number or ''.
FLEET = (
    (
        "Dell Inc.",
        33,
        (
            ("Latitude 5450", ""),
            ("Latitude 7440", ""),
            ("OptiPlex 7010", ""),
            ("Precision 3680", ""),
            ("PowerEdge R660", ""),
        ),
    ),
    (
        "LENOVO",
        27,
        (
            ("ThinkPad T14 Gen 5", "21ML002NFR"),
            ("ThinkPad X1 Carbon", "21KC0059FR"),
            ("ThinkCentre M70q", "12E3003QFR"),
        ),
    ),
    ("Hewlett-Packard", 8, (("EliteDesk 800 G9", "8Y1Y4EA"), ("ZBook Power G10", "865V8EA"))),
    (
        "HP",
        15,
        (
            ("EliteBook 840 G11", "9G0V3ET"),
            ("ProBook 450 G10", "85C93EA"),
            ("EliteBook 650 G10", "817W7EA"),
        ),
    ),
    ("HPE", 2, (("ProLiant DL380 Gen11", "P52534-B21"),)),
    ("Apple Inc.", 4, (("MacBook Pro 14", ""), ("MacBook Air 13", ""))),
    (
        "Cisco Systems, Inc.",
        3,
        (
            ("Catalyst 9300", "C9300-48P-A"),
            ("Catalyst 2960-X", "WS-C2960X-48FPD-L"),
            ("Catalyst 9120AX", "C9120AXI-E"),
        ),
    ),
    (
        "TOSHIBA",
        2,
        (
            ("TECRA A40-J", "A1PMX21E1113"),
            ("PORTEGE X40L-K", "A1PMR10E10N2"),
            ("SATELLITE PRO C50-H", ""),
        ),
    ),
    ("Microsoft Corporation", 3, (("Surface Laptop 6", ""), ("Surface Pro 10", ""))),
    ("VMware, Inc.", 3, (("VMware Virtual Platform", ""),)),
)
SITES = (
    ("Paris", "FR", "PAR"),
    ("Lyon", "FR", "LYS"),
    ("Brussels", "BE", "BRU"),
    ("London", "GB", "LON"),
    ("Munich", "DE", "MUC"),
    ("Boston", "US", "BOS"),
)
FIRST = (
    "Alice",
    "Bruno",
    "Chloé",
    "David",
    "Emma",
    "Farid",
    "Grace",
    "Hugo",
    "Inès",
    "Jonas",
    "Karim",
    "Léa",
    "Marc",
    "Nora",
    "Oscar",
    "Priya",
    "Quentin",
    "Rosa",
    "Sofia",
    "Tom",
)
LAST = (
    "Martin",
    "Bernard",
    "Novak",
    "Schmidt",
    "Rossi",
    "Garcia",
    "Silva",
    "Dubois",
    "Meyer",
    "Laurent",
    "Kowalski",
    "Jansen",
    "Moreau",
    "Fischer",
    "Costa",
    "Petit",
    "Berg",
    "Roux",
)
SYMBOLS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
LENGTHS = {
    "Dell Inc.": 7,
    "LENOVO": 8,
    "Hewlett-Packard": 10,
    "HP": 10,
    "HPE": 10,
    "Cisco Systems, Inc.": 11,
    "TOSHIBA": 9,
}


def demo_rows(count: int, seed: int) -> Iterator[tuple[str, ...]]:
    """`count` rows below `HEADERS`."""
    dice = random.Random(seed)  # noqa: S311
    weights = [share for _, share, _ in FLEET]
    for number in range(1, count + 1):
        maker, _share, models = dice.choices(FLEET, weights)[0]
        model, product = dice.choice(models)
        city, country, site = dice.choice(SITES)
        person = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
        year, month, day = dice.randint(2020, 2026), dice.randint(1, 10), dice.randint(1, 28)
        yield (
            "".join(dice.choices(SYMBOLS, k=LENGTHS.get(maker, 12))),
            maker,
            model,
            product,
            f"{site}-{_role(model)}{number:05d}",
            "" if dice.random() < 0.08 else person,
            f"IT-{number:06d}",
            city,
            country,
            f"{year}-{month:02d}-{day:02d}",
        )


def _role(model: str) -> str:
    """What the name of a device says that it is."""
    if "PowerEdge" in model or "ProLiant" in model:
        return "SRV"
    return "NET" if "Catalyst" in model else "PC"
