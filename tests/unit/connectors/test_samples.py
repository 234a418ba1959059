"""Made-up answers in every shape that was seen guard the wire models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

import fleetward.connectors
from fleetward.connectors.apple.assertion import new_key
from fleetward.connectors.apple.provider import AppleProvider
from fleetward.connectors.cisco.provider import CiscoProvider
from fleetward.connectors.dell.provider import DellProvider
from fleetward.connectors.dynabook.provider import DynabookProvider
from fleetward.connectors.hp_warranty.provider import RESULTS, HpWarrantyProvider
from fleetward.connectors.lenovo.provider import LenovoProvider
from fleetward.connectors.memory import MemoryConnection
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    EntitlementKind,
    ProviderError,
    Reason,
    Trouble,
    WarrantyProvider,
)
from tests.unit.infra_http.servers import Answering, said, serving

SAMPLES = Path(fleetward.connectors.__file__).parent
Maker = type[
    AppleProvider
    | CiscoProvider
    | DellProvider
    | DynabookProvider
    | LenovoProvider
    | HpWarrantyProvider
]
CREDENTIALS = {
    "client_id": "an-id",
    "client_secret": "a-secret",
    "organisation": "business",
    "key_id": "a-key",
    "private_key": new_key(),
}


class SignedIn(MemoryConnection):
    """Has a token already, so that the sample is the first answer that is asked for."""

    def token(self, fetch: object) -> str:
        return "a-token"

    def renew(self, stale: str, fetch: object) -> str:
        return "another-token"


def asked(
    maker: Maker,
    answer: Answering,
    *serials: str,
    mark: str | None = None,
) -> Mapping[str, Answer]:
    http = HttpClient(allow_internal=("127.0.0.1",))
    provider: WarrantyProvider = maker(http)
    with serving(answer) as port:
        conn = SignedIn(maker.traits.key, f"http://127.0.0.1:{port}", CREDENTIALS, CREDENTIALS)
        try:
            # Only Dynabook wants a product number; the others do without.
            number = "A1PMX21E1113" if provider.traits.needs_product_number else ""
            page = provider.ask(conn, [DeviceKey(s, number) for s in serials], mark)
        finally:
            http.close()
    assert page.is_simulated, "loopback is never taken for the vendor (W20)"
    return {given.key.serial: given for given in page.answers}


def sample(name: str) -> Answering:
    return said((SAMPLES / name).read_bytes(), Content_Type="application/json")


def test_dell_sample() -> None:
    found = asked(
        DellProvider,
        sample("dell/samples/entitlements.json"),
        *("ABC1234", "NOLINES", "MISSING", "BADDATE", "BADLIST", "SILENCE"),
    )
    assert {serial: (a.kind, a.reason) for serial, a in found.items()} == {
        "ABC1234": (AnswerKind.FOUND, None),
        "NOLINES": (AnswerKind.FOUND, None),
        "MISSING": (AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
        "BADDATE": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
        "BADLIST": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
    }
    good = found["ABC1234"]
    assert (good.model, good.ships_on) == ("LATITUDE 5440", date(2024, 3, 27))
    base, extension, other = good.entitlements
    assert (base.kind, base.code, base.number) == (EntitlementKind.BASE, "ND", "709-BDIM")
    assert (base.starts_on, base.ends_on) == (date(2024, 3, 27), date(2027, 3, 27))
    assert base.service_level == "NBD"
    assert (extension.kind, extension.name) == (EntitlementKind.EXTENSION, "UP")
    assert extension.ends_on == date(2029, 3, 27)
    assert (other.kind, other.ends_on, other.is_rolling) == (EntitlementKind.OTHER, None, False)


def test_apple_sample() -> None:
    serial = "C02ABCDEFGHJ"
    answer = asked(AppleProvider, sample("apple/samples/coverage.json"), serial)[serial]
    assert (answer.kind, answer.reason) == (AnswerKind.FOUND, None)
    limited, paid, open_ended, cancelled, void, old = answer.entitlements
    assert [line.kind for line in answer.entitlements] == [
        EntitlementKind.BASE,
        EntitlementKind.EXTENSION,
        EntitlementKind.CONTRACT,
        EntitlementKind.CONTRACT,
        EntitlementKind.EXTENSION,
        EntitlementKind.OTHER,
    ]
    assert (limited.name, limited.number) == ("Limited Warranty", "")
    assert (limited.starts_on, limited.ends_on) == (date(2025, 3, 27), date(2026, 3, 26))
    assert (paid.number, paid.ends_on) == ("44500012345", date(2099, 3, 26))
    assert (open_ended.is_rolling, open_ended.ends_on) == (True, None), "W19"
    assert (cancelled.is_cancelled, cancelled.is_rolling) == (True, False)
    assert void.is_cancelled, "Apple calls it inactive within its own dates"
    assert (old.name, old.is_cancelled, old.is_rolling) == ("AppleCare", False, False)
    assert serial.encode() in answer.payload


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b'{"data": []}', 200, AnswerKind.FOUND),
        (b'{"data": [{"attributes": {"endDateTime": "soon"}}]}', 200, AnswerKind.REFUSED),
        (b'{"data": [{"id": "1"}]}', 200, AnswerKind.REFUSED),
        (b'{"errors": [{"status": "404", "code": "NOT_FOUND"}]}', 404, AnswerKind.NOT_FOUND),
        (b'{"errors": [{"status": 404}]}', 404, AnswerKind.NOT_FOUND),
    ],
)
def test_apple_answers_about_one_device(body: bytes, status: int, kind: AnswerKind) -> None:
    assert asked(AppleProvider, said(body, status), "C02")["C02"].kind is kind


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data": [], "links": {"next": "https://more"}}', 200),
        (b'{"data": [], "meta": {"paging": {"nextCursor": "more"}}}', 200),
        (b'{"data": [], "meta": {"paging": {"total": 1}}}', 200),
        (b'{"data": {}}', 200),
        (b"{}", 200),
        (b'{"errors": []}', 404),
        (b'{"message": "no such route"}', 404),
        (b"Not Found", 404),
    ],
)
def test_apple_answer_that_is_not_whole_or_not_apples_is_a_bad_answer(
    body: bytes, status: int
) -> None:
    with pytest.raises(ProviderError) as caught:
        asked(AppleProvider, said(body, status), "C02")
    assert caught.value.kind is Trouble.BAD_ANSWER


@pytest.mark.parametrize(
    ("organisation", "host"),
    [("business", "api-business.apple.com"), ("school", "api-school.apple.com")],
)
def test_apple_is_asked_at_the_organisations_host(organisation: str, host: str) -> None:
    settings = CREDENTIALS | {"organisation": organisation}
    conn = SignedIn("apple", AppleProvider.traits.default_base_url, settings, CREDENTIALS)
    assert f"GET {host}/v1/orgDevices/C02/appleCareCoverage" in failure(AppleProvider, conn)


@pytest.mark.parametrize(
    ("maker", "where"),
    [
        (AppleProvider, "POST account.apple.com/auth/oauth2/token"),
        (CiscoProvider, "POST id.cisco.com/oauth2/default/v1/token"),
        (DellProvider, "POST apigtwb2c.us.dell.com/auth/oauth/v2/token"),
    ],
)
def test_tokens_are_asked_for_at_the_vendors_own_host(maker: Maker, where: str) -> None:
    base_url = maker.traits.default_base_url
    conn = MemoryConnection(maker.traits.key, base_url, CREDENTIALS, CREDENTIALS)
    assert where in failure(maker, conn)


def failure(maker: Maker, conn: MemoryConnection) -> str:
    """What is said of a call that leaves for a vendor and gets no further than our proxy."""
    http = HttpClient(proxy="http://127.0.0.1:9")
    with pytest.raises(ProviderError) as caught:
        maker(http).ask(conn, [DeviceKey("C02")], None)
    http.close()
    assert caught.value.kind is Trouble.UNREACHABLE
    return caught.value.text


def test_cisco_sample() -> None:
    found = asked(
        CiscoProvider,
        sample("cisco/samples/coverage.json"),
        *("FOC1234X0AB", "HIDDEN00001", "TERMINATED1", "EXPIRED0001", "NOTHING0001"),
        *("UNKNOWN0001", "TROUBLE0001", "BADDATE0001", "BADLIST0001", "SILENCE0001"),
    )
    assert {serial: (a.kind, a.reason) for serial, a in found.items()} == {
        "FOC1234X0AB": (AnswerKind.FOUND, None),
        "HIDDEN00001": (AnswerKind.FOUND, None),
        "TERMINATED1": (AnswerKind.FOUND, None),
        "EXPIRED0001": (AnswerKind.FOUND, None),
        "NOTHING0001": (AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
        "UNKNOWN0001": (AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
        "TROUBLE0001": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
        "BADDATE0001": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
        "BADLIST0001": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
    }
    warranty, contract = found["FOC1234X0AB"].entitlements
    assert (warranty.kind, contract.kind) == (EntitlementKind.BASE, EntitlementKind.CONTRACT)
    assert (warranty.name, warranty.ends_on) == ("WARR-3YR-HW-90D-SW", date(2024, 5, 1))
    assert (contract.number, contract.service_level) == ("91234567", "NBD")
    assert (contract.starts_on, contract.ends_on) == (None, date(2027, 12, 31))
    assert [found[s].model for s in ("FOC1234X0AB", "HIDDEN00001", "TERMINATED1")] == [
        *("C9300-48P-A", "ISR4331/K9", "A router")
    ]


def test_cisco_says_no_more_than_yes_of_somebody_elses_contract() -> None:
    found = asked(CiscoProvider, sample("cisco/samples/coverage.json"), "HIDDEN00001")
    warranty, contract = found["HIDDEN00001"].entitlements
    assert (warranty.name, warranty.is_rolling) == ("Warranty", False)
    assert (contract.ends_on, contract.is_rolling, contract.number) == (None, True, "")
    assert "not linked to this account" in contract.name


def test_cisco_a_contract_that_ends_later_and_does_not_cover_was_terminated() -> None:
    serials = ("TERMINATED1", "EXPIRED0001")
    found = asked(CiscoProvider, sample("cisco/samples/coverage.json"), *serials)
    (terminated,) = found["TERMINATED1"].entitlements
    lifetime, expired = found["EXPIRED0001"].entitlements
    assert (terminated.is_cancelled, terminated.service_level) == (True, "4H")
    assert (expired.is_cancelled, expired.name) == (False, "Service contract")
    assert (lifetime.ends_on, lifetime.is_rolling) == (None, False), "no end is invented"


def test_cisco_that_knows_none_of_them_says_so_once() -> None:
    body = b'{"ErrorResponse": {"APIError": {"ErrorCode": "NO_RECORDS_FOUND"}}}'
    found = asked(CiscoProvider, said(body), "A1", "A2")
    assert {answer.kind for answer in found.values()} == {AnswerKind.NOT_FOUND}


@pytest.mark.parametrize(
    ("code", "body", "kind", "pause"),
    [
        ("ERR_403_DEVELOPER_OVER_QPS", b"", Trouble.RATE_LIMITED, None),
        ("ERR_403_DEVELOPER_OVER_RATE", b"", Trouble.RATE_LIMITED, timedelta(days=1)),
        ("", b"<h1>Developer Over Rate</h1>", Trouble.RATE_LIMITED, timedelta(days=1)),
        ("", b'{"message": "Rate Limit Exceeded"}', Trouble.RATE_LIMITED, None),
        ("ERR_403_DEVELOPER_INACTIVE", b"", Trouble.NOT_PERMITTED, None),
        ("ERR_403_NOT_AUTHORIZED", b"", Trouble.NOT_PERMITTED, None),
    ],
)
def test_w15_cisco_answers_403_to_who_asks_too_often(
    code: str, body: bytes, kind: Trouble, pause: timedelta | None
) -> None:
    with pytest.raises(ProviderError) as caught:
        asked(CiscoProvider, said(body, 403, X_Mashery_Error_Code=code), "A1")
    found = caught.value
    assert found.kind is kind
    assert (found.retry_after is None) == (pause is None)
    if pause is not None and found.retry_after is not None:
        assert timedelta(0) < found.retry_after <= pause


def test_dynabook_sample() -> None:
    body = sample("dynabook/samples/tecra.json")
    answer = asked(DynabookProvider, body, "YD123456H")["YD123456H"]
    assert (answer.kind, answer.model, answer.ships_on) == (
        AnswerKind.FOUND,
        "TECRA A40-J-12E",
        date(2022, 2, 25),
    )
    standard, onsite, bought, other = answer.entitlements
    assert (standard.kind, standard.name) == (EntitlementKind.BASE, "Carry-in repair")
    assert (standard.starts_on, standard.ends_on) == (date(2022, 2, 3), date(2025, 2, 2))
    assert (onsite.service_level, onsite.ends_on) == ("ONSITE", date(2023, 2, 2))
    assert (bought.kind, bought.service_level) == (EntitlementKind.EXTENSION, "NBD")
    assert (bought.starts_on, bought.ends_on) == (date(2025, 2, 3), date(2026, 2, 2))
    assert (other.name, other.ends_on, other.is_rolling) == ("Service programme", None, False)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"commonBean": null}', AnswerKind.NOT_FOUND),
        (b'{"commonBean": {}, "svcPgm": []}', AnswerKind.NOT_FOUND),
        (b'{"commonBean": {"serialNumber": ""}}', AnswerKind.NOT_FOUND),
        (b'{"commonBean": {"serialNumber": "YD1"}}', AnswerKind.FOUND),
        (b'{"commonBean": {"serialNumber": "YD1"}, "svcPgm": {"a": 1}}', AnswerKind.FOUND),
        (b'{"commonBean": {"serialNumber": "YD1"}, "serviceTypes": 7}', AnswerKind.FOUND),
        (b'{"commonBean": {"serialNumber": "YD2"}}', AnswerKind.REFUSED),
        (b'{"commonBean": {"serialNumber": "YD1", "shipDate": "x"}}', AnswerKind.REFUSED),
    ],
)
def test_dynabook_answers_about_one_machine(body: bytes, kind: AnswerKind) -> None:
    assert asked(DynabookProvider, said(body), "YD1")["YD1"].kind is kind


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"error": "x"}', b'{"commonBean": "none"}'])
def test_dynabook_nonsense_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        asked(DynabookProvider, said(body), "YD1")
    assert caught.value.kind is Trouble.BAD_ANSWER


def test_dynabook_that_speaks_is_not_failing() -> None:
    http = HttpClient(allow_internal=("127.0.0.1",))
    with serving(said(b'{"error": "no such serial"}')) as port:
        conn = MemoryConnection("dynabook", f"http://127.0.0.1:{port}")
        assert DynabookProvider(http).check(conn).is_ok, "it speaks; of whom is another question"
    with serving(said(b"<html>Maintenance</html>")) as port:
        conn = MemoryConnection("dynabook", f"http://127.0.0.1:{port}")
        assert not DynabookProvider(http).check(conn).is_ok
    http.close()


def test_lenovo_sample() -> None:
    found = asked(
        LenovoProvider,
        sample("lenovo/samples/machines.json"),
        *("PF0ABCDE", "PF000001", "PF000101", "PF000999", "PFABSENT"),
    )
    assert {serial: (a.kind, a.reason) for serial, a in found.items()} == {
        "PF0ABCDE": (AnswerKind.FOUND, None),
        "PF000001": (AnswerKind.FOUND, None),
        "PF000101": (AnswerKind.REFUSED, Reason.AMBIGUOUS_SERIAL),
        "PF000999": (AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
        "PFABSENT": (AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
    }
    base, upgrade, other, contract, cancelled, rolling = found["PF0ABCDE"].entitlements
    assert (base.kind, upgrade.kind) == (EntitlementKind.BASE, EntitlementKind.EXTENSION)
    assert (other.kind, contract.kind) == (EntitlementKind.OTHER, EntitlementKind.CONTRACT)
    assert (base.ends_on, base.service_level) == (date(2026, 5, 1), "NBD")
    assert (other.code, other.name, other.ends_on, other.is_rolling) == ("17", "17", None, False)
    assert (contract.number, contract.service_level) == ("C001", "4H")
    assert (cancelled.is_cancelled, cancelled.is_rolling) == (True, False)
    assert (rolling.is_rolling, rolling.ends_on) == (True, None), "W19"
    assert found["PF000001"].ships_on is None


def test_hp_sample() -> None:
    found = asked(
        HpWarrantyProvider,
        sample("hp_warranty/samples/results.json"),
        *("5CG1234ABC", "5CG0000001", "5CG0000002", "REUSED0001", "SILENCE001"),
        mark=RESULTS + "a-job",
    )
    assert {serial: (a.kind, a.reason) for serial, a in found.items()} == {
        "5CG1234ABC": (AnswerKind.FOUND, None),
        "5CG0000001": (AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
        "5CG0000002": (AnswerKind.FOUND, None),
        "REUSED0001": (AnswerKind.REFUSED, Reason.AMBIGUOUS_SERIAL),
    }
    # W18: what the vendor said of each machine that shares the serial.
    assert len(msgspec.json.decode(found["REUSED0001"].payload)) == 2
    base, care_pack, _ = found["5CG1234ABC"].entitlements
    assert (base.kind, base.code, base.number) == (EntitlementKind.BASE, "UP7W3", "12345678")
    assert (care_pack.kind, care_pack.ends_on) == (EntitlementKind.CONTRACT, date(2028, 6, 30))


def test_hp_reused_serial_is_told_apart_by_product_number() -> None:
    http = HttpClient(allow_internal=("127.0.0.1",))
    key = DeviceKey("REUSED0001", product_number="818P2EA#ABF")
    with serving(sample("hp_warranty/samples/results.json")) as port:
        conn = SignedIn("hp", f"http://127.0.0.1:{port}", CREDENTIALS, CREDENTIALS)
        page = HpWarrantyProvider(http).ask(conn, [key], RESULTS + "a-job")
        http.close()
    assert [answer.model for answer in page.answers] == ["HP ZBook 14"]


def test_hp_single_answer_without_a_serial_is_about_the_one_asked_for() -> None:
    body = b'[{"product": {"productDescription": "HP ZBook"}, "offers": []}]'
    found = asked(HpWarrantyProvider, said(body), "5CG1", mark=RESULTS + "a-job")
    assert found["5CG1"].model == "HP ZBook"
    assert asked(HpWarrantyProvider, said(body), "5CG1", "5CG2", mark=RESULTS + "a") == {}


@pytest.mark.parametrize(
    ("maker", "body", "words"),
    [
        (HpWarrantyProvider, b'{"message": "An error has occurred."}', "An error has occurred."),
        (DellProvider, b'{"Fault": {"faultstring": "Not today"}}', "Not today"),
        (DellProvider, b"<Fault><Code>eAPI-40102</Code></Fault>", "eAPI-40102"),
        (DellProvider, b"<html><title>Access Denied</title></html>", "Access Denied"),
        (LenovoProvider, b'{"Message": "Sorry"}', "Sorry"),
        (
            CiscoProvider,
            b'{"ErrorResponse": {"APIError": {"ErrorCode": "X", "ErrorDescription": "Too many"}}}',
            "Too many",
        ),
        (CiscoProvider, b'{"serial_numbers": "none"}', "none"),
        (LenovoProvider, b"[{}, 7]", "[{}, 7]"),
    ],
)
def test_a_success_that_is_no_data_is_told_in_its_own_words(
    maker: Maker, body: bytes, words: str
) -> None:
    mark = RESULTS + "a-job" if maker.traits.key == "hp" else None
    with pytest.raises(ProviderError) as caught:
        asked(maker, said(body), "A1", "A2", mark=mark)
    assert caught.value.kind is Trouble.BAD_ANSWER
    assert words in caught.value.text


@pytest.mark.parametrize("body", [b"{}", b'{"Product": "20XW"}', b"[]", b""])
def test_lenovo_empty_answer_to_one_serial_is_an_error(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        asked(LenovoProvider, said(body), "PF1")
    assert caught.value.kind is Trouble.BAD_ANSWER


def test_lenovo_error_without_serial_is_about_the_one_asked_for() -> None:
    body = b'{"Error": {"Code": 100, "Message": "unknown"}}'
    assert asked(LenovoProvider, said(body), "PF1")["PF1"].kind is AnswerKind.NOT_FOUND
