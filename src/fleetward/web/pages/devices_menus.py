"""The menus above the device list, each with what can be chosen and what is."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from fleetward.devices.contracts import GroupKind, GroupRow
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid import list_manufacturers, list_models
from fleetward.warranty.queries.grid_words import ACTIVE
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.components.shapes import Filter, Option
from fleetward.web.pages.devices_asked import Asked
from fleetward.web.pages.devices_filter import ANSWERS, ENDS, STATES, read_state


def menus(wanted: Asked, groups: Sequence[GroupRow]) -> tuple[Filter, ...]:
    """What active devices are filtered by; a menu without a choice is left out."""
    only, query = wanted.only, wanted.address.query
    group = query.get("ends", "") if query.get("ends") in ENDS else ""
    statuses = tuple(Option(s, str(STATUS_LABELS[s]), s in only.statuses) for s in Status)
    ends = Filter(
        "ends",
        _("Ends"),
        (
            Option("", _("Any day"), not group),
            *(Option(key, str(label), key == group) for key, label in ENDS.items()),
        ),
        takes_many=False,
        from_name="ends_from",
        from_value="" if group else _iso(only.ends_from),
        to_name="ends_to",
        to_value="" if group else _iso(only.ends_to),
    )
    reasons = tuple(Option(r, str(REASON_TEXTS[r].label), r in only.reasons) for r in Reason)
    filters = (
        Filter("status", _("Coverage"), statuses),
        Filter("vendor", _("Vendor"), _vendor_options(wanted)),
        Filter("model", _("Model"), _model_options(wanted)),
        Filter("group", _("Group"), _group_options(wanted, groups)),
        ends,
        Filter("reason", _("Reason"), reasons),
        _more(wanted),
    )
    return tuple(filter_ for filter_ in filters if filter_.options)


def inactive_menus(wanted: Asked, groups: Sequence[GroupRow]) -> tuple[Filter, ...]:
    """Inactive devices have no coverage to filter by, and are in no dynamic group (E11)."""
    models = Filter("model", _("Model"), _model_options(wanted))
    static = [row for row in groups if row.kind is GroupKind.STATIC]
    of_groups = Filter("group", _("Group"), _group_options(wanted, static))
    return tuple(f for f in (models, of_groups, _state(wanted)) if f.options)


def _more(wanted: Asked) -> Filter:
    """What is asked for rarely: marks of the answers, and the deleted devices."""
    chosen = wanted.answers
    options = (
        Option("", _("Any answer"), not chosen),
        *(Option(key, str(label), key in chosen) for key, label in ANSWERS.items()),
    )
    return Filter("answer", _("Answer"), options, takes_many=False)


def _state(wanted: Asked) -> Filter:
    present = read_state(wanted.address.query)
    options = (
        Option(ACTIVE, _("Active devices"), present == ACTIVE),
        *(Option(word, str(label), word == present) for word, label in STATES.items()),
    )
    return Filter("state", _("State"), options, takes_many=False)


def _vendor_options(wanted: Asked) -> tuple[Option, ...]:
    chosen = wanted.only.manufacturers
    known = dict(list_manufacturers(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id))
    gone = [name for name in chosen if name not in known]
    return tuple(
        Option(name, name, name in chosen, count)
        for name, count in [*known.items(), *((name, 0) for name in gone)]
    )


def _model_options(wanted: Asked) -> tuple[Option, ...]:
    chosen = wanted.only.models
    known = list_models(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id)
    names = dict.fromkeys([*chosen, *known])
    return tuple(Option(name, name, name in chosen) for name in names)


def _group_options(wanted: Asked, groups: Sequence[GroupRow]) -> tuple[Option, ...]:
    chosen = wanted.only.groups
    return tuple(Option(str(g.uid), g.name, g.uid in chosen) for g in groups)


def _iso(day: object) -> str:
    return str(day) if day else ""
