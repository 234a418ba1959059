"""Receivers that mean harm: they reach nothing inside, keep no thread, and learn no secret."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest
import standardwebhooks

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Webhook
from fleetward.notifications.webhooks.actions import sending
from fleetward.notifications.webhooks.contracts import BadWebhook
from tests.db.notifications.office import Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.variables import SetEnv
from tests.unit.infra_http.servers import Answering, said, serving

BOMB = gzip.compress(b"0" * (sending.MOST_ANSWERED + 1))


def tried_at(office: Office, url: str) -> tuple[str, str]:
    """State and error of a delivery to that address after one try."""
    made = office.add(url)
    office.happens()
    office.work()
    (row,) = office.deliveries(made.webhook)
    assert row.tries == 1
    return row.state, row.error


def test_a_name_that_leads_inside_when_it_is_called_is_not_called(
    office: Office, receiver: Receiver, set_env: SetEnv
) -> None:
    """What a name leads to may be another thing by then: the try looks, not the form."""
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="")
    state, error = tried_at(office, f"https://localhost:{receiver.port}/hook")
    assert state == "PENDING"
    assert error.startswith("TARGET_REFUSED: POST localhost/hook: its address is internal")
    assert receiver.got == []


def test_what_the_operator_does_not_allow_any_more_is_not_called(
    office: Office, receiver: Receiver, set_env: SetEnv
) -> None:
    made = office.add(receiver.url)
    office.happens()
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="")
    office.work()
    (row,) = office.deliveries(made.webhook)
    assert row.error.startswith("TARGET_REFUSED")
    assert receiver.got == []
    with pytest.raises(BadWebhook):
        office.add(receiver.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(office: Office, receiver: Receiver, status: int) -> None:
    with serving(said(b"", status, Location=receiver.url)) as port:
        assert tried_at(office, f"http://127.0.0.1:{port}/") == ("PENDING", f"HTTP {status}")
    assert receiver.got == []


def dripping(begin: bytes, more: bytes) -> Callable[[Event], Answering]:
    """An answer that never ends, and of which something comes all the time."""

    def until(is_over: Event) -> Answering:
        def drip(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(begin)
            while not is_over.wait(timeout=0.02):
                try:
                    request.wfile.write(more)
                except OSError:
                    break
            request.close_connection = True

        return drip

    return until


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"", b""),
        dripping(OK + b"X-Word: ", b"x"),
        dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        dripping(OK + b"Content-Length: 900000\r\n\r\n", b"x"),
        dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "headers", "interim answers", "body", "chunks"],
)
def test_an_answer_without_end_ends_with_the_time_for_the_call(
    office: Office, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Event], Answering]
) -> None:
    monkeypatch.setattr(sending, "WHOLE_CALL_SECONDS", 0.5)
    is_over = Event()
    with serving(answer(is_over)) as port:
        state, error = tried_at(office, f"http://127.0.0.1:{port}/")
        is_over.set()
    assert (state, error) == ("PENDING", "TIMED_OUT: POST 127.0.0.1/: no answer in time")


@pytest.mark.parametrize(
    "answer",
    [
        said(b"x" * (sending.MOST_ANSWERED + 1)),
        said(BOMB, Content_Encoding="gzip"),
        said(BOMB),
    ],
    ids=["plain", "packed", "packed in secret"],
)
def test_an_answer_that_is_too_large_is_not_read(office: Office, answer: Answering) -> None:
    with serving(answer) as port:
        state, error = tried_at(office, f"http://127.0.0.1:{port}/")
    assert state == "PENDING"
    assert error.startswith("TOO_BIG")


def test_nothing_of_an_answer_is_kept(office: Office) -> None:
    """A receiver can put no words of its own on our pages."""
    with serving(said(b"<script>words of theirs</script>", 500, X_Words="theirs")) as port:
        assert tried_at(office, f"http://127.0.0.1:{port}/") == ("PENDING", "HTTP 500")


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_what_is_changed_on_its_way_does_not_pass(
    office: Office, receiver: Receiver, part: str
) -> None:
    """Receivers know a delivery again by its id and refuse old ones: both are signed."""
    made = office.add(receiver.url)
    office.happens()
    office.work()
    ((headers, body),) = receiver.got
    checking = standardwebhooks.Webhook(made.secret)
    checking.verify(body, headers)
    if part == "body":
        body = body.replace(b'"devices": 3', b'"devices": 4')
    elif part == "webhook-id":
        headers = headers | {part: "another"}
    else:
        headers = headers | {part: str(int(headers[part]) + 1)}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        checking.verify(body, headers)


def test_a_delivery_that_somebody_sends_again_later_does_not_pass(
    office: Office, receiver: Receiver
) -> None:
    made = office.add(receiver.url)
    office.happens()
    office.work(lambda: utc_now() - timedelta(minutes=6))
    with pytest.raises(standardwebhooks.WebhookVerificationError, match="too old"):
        receiver.payloads(made.secret)


def test_a_sealed_secret_opens_for_its_own_webhook_only(office: Office, receiver: Receiver) -> None:
    """Whoever can write to the table cannot have one receiver's secret sign for another."""
    office.add("https://hooks.example.org/theirs", kinds=(Kind.RUN_DONE,))
    mine = office.add(receiver.url)
    with tenant_scope([office.tenant]):
        theirs = Webhook.objects.exclude(uid=mine.webhook).get()
        Webhook.objects.filter(uid=mine.webhook).update(sealed_secret=theirs.sealed_secret)
    office.happens()
    office.work()
    (row,) = office.deliveries(mine.webhook)
    assert (row.error, receiver.got) == ("its secret cannot be opened", [])


def test_an_error_repeats_no_secret_of_an_address(office: Office) -> None:
    """It names host and path, never the query, where some keep a token."""
    with receiving() as gone:
        url = f"{gone.url}?token=s3cret"
    _, error = tried_at(office, url)
    assert "s3cret" not in error
