"""The dials of a simulator: how it misbehaves; and its statistics: what it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

import msgspec

PREFIX = "SIMULATOR_"


class Dials(msgspec.Struct, forbid_unknown_fields=True):
    """How one vendor behaves. All at rest: it answers everything well, at once."""

    anchor: date | None = None  # the day that dates are counted from; the month's first if unset
    latency_ms: int = 0
    hold: bool = False  # data calls wait until it is false again, or their callers leave
    error_rate: float = 0.0  # share of data calls that are answered 500, evenly spread
    force_status: int = 0  # every data call has this status
    throttle_every: int = 0  # every n-th data call is answered 429
    retry_after: str = "1"  # seconds, 'date' for two seconds on as an HTTP date, '' for none
    quota_per_minute: int = 0  # in any 60 seconds; calls beyond are answered 429 and counted
    quota_per_day: int = 0  # the same for a UTC day
    expire_token: bool = False  # tokens issued so far stop working; goes back to false by itself
    token_seconds: int = 3600
    refuse_credentials: bool = False
    garbage: bool = False
    html200: bool = False
    oversize: bool = False  # 100 MB that travel as 100 kB
    poison_serial: str = ""  # a call that asks for it is answered with garbage
    spoilt_serial: str = ""  # its own item cannot be read, the others can
    half_batch: bool = False
    reverse_order: bool = False
    repeat_items: bool = False
    job_seconds: float = 1.0  # HP: how long a job takes
    lose_jobs: bool = False  # HP: jobs are accepted and then unknown
    public_key: str = ""  # Apple: the .pem file whose key must have signed; any key without
    count_serials: bool = False  # remember how often each serial was answered for


class Stats(msgspec.Struct):
    """What came in since the latest reset. `exceeded` are calls beyond the quota."""

    token_calls: int = 0
    data_calls: int = 0
    held: int = 0  # at this moment, by the dial
    answered_calls: int = 0
    devices_answered: int = 0
    throttled: int = 0
    exceeded: int = 0
    errors: int = 0
    refused: int = 0
    jobs: int = 0
    first_at: float = 0.0
    latest_at: float = 0.0
    methods: Counter[str] = msgspec.field(default_factory=Counter)  # of data calls
    serials: Counter[str] = msgspec.field(default_factory=Counter)


def dials_from(environ: Mapping[str, str], vendor: str) -> Dials:
    """The dials set by `SIMULATOR_LATENCY_MS`, or `SIMULATOR_DELL_LATENCY_MS` for one vendor."""
    values = {}
    for name in Dials.__struct_fields__:
        for variable in (PREFIX + name, f"{PREFIX}{vendor}_{name}"):
            if text := environ.get(variable.upper(), ""):
                values[name] = text
    return msgspec.convert(values, Dials, strict=False)


def turned(dials: Dials, body: bytes) -> Dials:
    """The dials after a change: a JSON object of those to set. Raises: msgspec.MsgspecError."""
    changes = msgspec.json.decode(body, type=dict[str, object])
    return msgspec.convert({**msgspec.to_builtins(dials), **changes}, Dials, strict=False)
