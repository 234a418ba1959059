"""Each kind of notification is of one topic, by which the Notification Center filters (L5)."""

from __future__ import annotations

from fleetward.notifications.contracts import TOPICS, Kind, NoteFilter, Topic
from fleetward.notifications.rules import kinds_of


def test_l5_each_kind_is_of_one_topic() -> None:
    given = [kind for kinds in TOPICS.values() for kind in kinds]
    assert len(given) == len(set(given))
    assert set(given) == set(Kind)
    assert set(TOPICS) == set(Topic)


def test_topics_and_kinds_narrow_each_other() -> None:
    assert kinds_of(NoteFilter(is_unread=True)) is None
    assert kinds_of(NoteFilter(topics=(Topic.SERVICES,))) == TOPICS[Topic.SERVICES]
    both = NoteFilter(topics=(Topic.SERVICES,), kinds=(Kind.SECRET_EXPIRES, Kind.RUN_DONE))
    assert kinds_of(both) == (Kind.SECRET_EXPIRES,)
    assert kinds_of(NoteFilter(kinds=(Kind.RUN_DONE,))) == (Kind.RUN_DONE,)
