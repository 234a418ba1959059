"""`fleetward enrol` against a server that is really there (E7)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleetward.cli import enrol as command
from fleetward.infra.http import HttpAnswer

SENT = "https://fleet.example.org"
MACHINE = ["--serial", "5XK2QL3", "--manufacturer", "Dell Inc."]
ENROLLED = {"state": "ENROLLED", "device_id": "6f1d2c1e", "credential": "fwa_secret"}


class Server:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes) -> HttpAnswer:
        self.asked.append((method, url, headers["Idempotency-Key"], json.loads(body)))
        status, told = self.answers.pop(0)
        return HttpAnswer(status, {}, json.dumps(told).encode())

    def close(self) -> None:
        pass


def run(
    server: Server, place: Path, monkeypatch: pytest.MonkeyPatch, *more: str, url: str = SENT
) -> Result:
    monkeypatch.setattr(command, "HttpClient", lambda **_given: server)
    given = ["--url", url, "--pin", "7KQ2-M9XV-4TB6", "--state-file", str(place), *MACHINE, *more]
    return CliRunner().invoke(command.enrol, given)


def test_a_machine_is_enrolled_and_its_credential_kept_for_its_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, place = Server((201, ENROLLED)), tmp_path / "kept" / "enrolment.json"
    done = run(server, place, monkeypatch)
    assert (done.exit_code, done.output) == (0, "Enrolled as device 6f1d2c1e.\n")
    ((method, url, key, body),) = server.asked
    assert (method, url) == ("POST", f"{SENT}/api/agent/v1/enrolments")
    assert (body["serial"], body["pin"], len(key) > 20) == ("5XK2QL3", "7KQ2-M9XV-4TB6", True)
    assert place.stat().st_mode & 0o777 == 0o600
    kept = json.loads(place.read_text("utf-8"))
    assert (kept["credential"], "pin" in kept) == ("fwa_secret", False)


def test_asked_again_it_uses_the_same_key_for_the_same_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, place = Server((500, {}), (201, ENROLLED), (201, ENROLLED)), tmp_path / "e.json"
    assert run(server, place, monkeypatch).exit_code == 1
    run(server, place, monkeypatch)
    run(server, place, monkeypatch, "--name", "PC-2")
    keys = [key for _, _, key, _ in server.asked]
    assert keys[0] == keys[1] != keys[2]


def test_t11_a_machine_that_waits_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ENROLLED | {"state": "HELD", "device_id": None}
    done = run(Server((202, told)), tmp_path / "e.json", monkeypatch)
    assert "waits" in done.output
    assert done.exit_code == 0


def test_a_refusal_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"detail": "Refused.", "fix": "Compare the PIN.", "code": "enrolment_refused"}
    done = run(Server((403, told)), tmp_path / "e.json", monkeypatch)
    assert (done.exit_code, "Refused. Compare the PIN. [enrolment_refused]" in done.output) == (
        1,
        True,
    )


@pytest.mark.parametrize("url", ["http://fleet.example.org", "fleet.example.org", "https://"])
def test_a_pin_is_not_sent_where_it_could_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    server = Server()
    assert run(server, tmp_path / "e.json", monkeypatch, url=url).exit_code == 1
    assert server.asked == []


def test_the_machine_is_read_from_its_firmware(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sys_vendor").write_text("LENOVO\n", "utf-8")
    monkeypatch.setattr(command, "DMI", tmp_path)
    found = command._machine()
    assert (found["manufacturer"], found["serial"]) == ("LENOVO", "")


ASKS = (409, {"code": "domain_not_listed", "detail": "The domain is not listed.", "fix": "Look."})


@pytest.mark.parametrize(
    ("more", "typed", "confirmed", "ends"),
    [
        ((), "y\n", [False, True], 0),
        ((), "n\n", [False], 1),
        (("--yes",), "", [True], 0),
    ],
)
def test_e9_whoever_enrols_by_hand_is_asked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    typed: str,
    confirmed: list[bool],
    ends: int,
) -> None:
    answers = [(201, ENROLLED)] if more else [ASKS, (201, ENROLLED)]
    server = Server(*answers)
    monkeypatch.setattr(command, "HttpClient", lambda **_given: server)
    given = ["--url", SENT, "--pin", "x", "--state-file", str(tmp_path / "e.json"), *MACHINE, *more]
    done = CliRunner().invoke(command.enrol, given, input=typed)
    assert done.exit_code == ends
    assert [body["confirms_domain"] for *_, body in server.asked] == confirmed
    assert {body["is_attended"] for *_, body in server.asked} == {True}


def test_e9_unattended_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server((403, {"detail": "Refused.", "code": "enrolment_refused"}))
    done = run(server, tmp_path / "e.json", monkeypatch, "--unattended")
    assert (done.exit_code, server.asked[0][3]["is_attended"]) == (1, False)
