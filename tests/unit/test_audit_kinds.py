"""Each verb of the trail has a type and a level (L4)."""

from __future__ import annotations

from fleetward.audit.contracts import EntryFilter, LogLevel, LogType, Verb
from fleetward.audit.kinds import _ALL, KINDS, verbs_of, wanted_verbs


def test_l4_each_verb_is_of_one_type_and_level() -> None:
    assert set(KINDS) == {str(verb) for verb in Verb}
    given = [verb for levels in _ALL.values() for verbs in levels.values() for verb in verbs]
    assert len(given) == len(set(given))
    assert {type_ for type_, _ in KINDS.values()} == set(LogType)
    assert {level for _, level in KINDS.values()} == set(LogLevel)


def test_types_together_have_every_verb() -> None:
    assert set(verbs_of(LogType)) == set(Verb)
    assert Verb.TENANT_SETTINGS_CHANGED in verbs_of([LogType.TENANT])
    assert Verb.DEVICE_ADDED not in verbs_of([LogType.TENANT])


def test_filters_narrow_each_other() -> None:
    assert wanted_verbs(EntryFilter(actors=("x",))) is None
    only = EntryFilter(types=(LogType.WARRANTY,), levels=(LogLevel.ERROR,))
    assert wanted_verbs(only) == (Verb.SCHEDULE_FAILED,)
    assert wanted_verbs(EntryFilter(verbs=(Verb.RUN_STARTED,), types=(LogType.USERS,))) == ()
