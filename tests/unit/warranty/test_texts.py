"""Every reason and status has words (W11)."""

from __future__ import annotations

import pytest

from fleetward.warranty.contracts import EntitlementKind, Reason, Status
from fleetward.warranty.texts import KIND_LABELS, REASON_TEXTS, STATUS_LABELS


@pytest.mark.parametrize("reason", list(Reason))
def test_w11_each_reason_has_a_meaning_and_a_fix(reason: Reason) -> None:
    text = REASON_TEXTS[reason]
    assert all(str(words) for words in (text.label, text.meaning, text.fix))


def test_labels_are_distinct() -> None:
    labels = [str(text.label) for text in REASON_TEXTS.values()]
    assert len(set(labels)) == len(Reason)


def test_every_status_and_kind_has_a_label() -> None:
    assert STATUS_LABELS.keys() == set(Status)
    assert KIND_LABELS.keys() == set(EntitlementKind)
