"""Answers that are odd or many: texts that COPY would misread, and statistics for large ones."""

from __future__ import annotations

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions import answers
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.contracts import Answer, AnswerKind, DeviceKey, Entitlement, EntitlementKind
from fleetward.warranty.models import Coverage, Evidence
from fleetward.warranty.models import Entitlement as Line
from tests.cast import NOW, TODAY, add_devices, make_tenant

pytestmark = pytest.mark.django_db
ODD = "tab\tback\\slash\nline\rreturn\0nul \\N"
STORED = ODD.replace("\0", "")


def answer_with(text: str) -> Answer:
    line = Entitlement("dell", "ND", text, EntitlementKind.BASE, TODAY, TODAY)
    key = DeviceKey("ABC1234")
    return Answer(key, AnswerKind.FOUND, None, (line,), ships_on=TODAY, payload=text.encode())


@pytest.mark.parametrize("text", ["plain", "only\ttabs", ODD])
def test_texts_are_stored_as_the_vendor_wrote_them(text: str) -> None:
    tenant = make_tenant().id
    (device,) = add_devices(tenant, 1)
    with tenant_scope([tenant]):
        given = [(device, answer_with(text), False)]
        store_answers(tenant=tenant, source="dell", answers=given, now=NOW)
        assert Line.objects.get().name == text.replace("\0", "")
        assert Evidence.objects.get().body == text.replace("\0", "")


def test_many_answers_are_stored_with_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ANALYZE_FROM", 2)
    tenant = make_tenant().id
    devices = add_devices(tenant, 3)
    with tenant_scope([tenant]):
        given = [(device, answer_with("plain"), False) for device in devices]
        store_answers(tenant=tenant, source="dell", answers=given, now=NOW)
        assert Coverage.objects.filter(ends_on=TODAY).count() == 3
