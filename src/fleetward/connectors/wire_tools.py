"""What all connectors share about calling: transport trouble and statuses become `ProviderError`.

No retries here: the run decides from the kind of trouble what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.words import gettext_noop as _
from fleetward.infra.http import Failure, HttpAnswer, HttpClient, HttpFailure
from fleetward.infra.http_json import Unreadable
from fleetward.infra.http_redact import redacted
from fleetward.kernel.hosts import is_on_this_machine
from fleetward.warranty.contracts import ProviderError, ProviderTraits, Trouble

T = TypeVar("T")

SIMULATOR_HEADER = "x-fleetward-simulator"
LONGEST_PAUSE = timedelta(days=1)

_TAGS = re.compile(r"<[^>]*>")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_WORDS = (
    "error_description", "errordescription", "faultstring", "message", "description", "detail",
    "title", "error", "errors", "fault", "errorresponse", "apierror",
)  # fmt: skip

_FAILURES: Mapping[Failure, tuple[Trouble, str]] = {
    Failure.TARGET_REFUSED: (Trouble.NOT_CALLED, _("The base URL may not be called.")),
    Failure.UNREACHABLE: (Trouble.UNREACHABLE, _("The service cannot be reached.")),
    Failure.TIMED_OUT: (Trouble.UNREACHABLE, _("The service did not answer in time.")),
    Failure.TOO_BIG: (Trouble.BAD_ANSWER, _("The answer is too big.")),
    Failure.BROKEN: (Trouble.BAD_ANSWER, _("The answer is damaged.")),
}


class Caller:
    """Calls one vendor for one connection; knows the secrets that no error may repeat."""

    def __init__(
        self,
        http: HttpClient,
        traits: ProviderTraits,
        conn: Connection,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._http = http
        self._traits = traits
        self._base_url = conn.base_url
        self._is_at_vendor = conn.base_url == traits.default_base_url
        self._secrets = secrets

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        at: str = "",
    ) -> HttpAnswer:
        """One call; the answer may have any status. `at`: see `address`. Raises: ProviderError."""
        sent = {"Accept": "application/json", **headers}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form).encode()
        elif body is not None:
            sent["Content-Type"] = "application/json"
        url = self.address(at) + path
        limit = self._traits.max_answer_bytes
        try:
            return self._http.send(method, url, headers=sent, body=body, max_bytes=limit)
        except HttpFailure as failure:
            kind, text = _FAILURES[failure.failure]
            words = redacted(failure.text, self._secrets)
            raise ProviderError(kind, f"{text} ({words})") from failure

    def address(self, at: str = "") -> str:
        """Where a call goes: to the base URL, or to another host of the vendor's (`at`).

        The operator's base URL stands for all hosts of a vendor.
        """
        return at if at and self._is_at_vendor else self._base_url

    def accept(self, answer: HttpAnswer) -> HttpAnswer:
        """The same answer if it is a success that can be data. Raises: ProviderError."""
        if not 200 <= answer.status < 300:
            raise ProviderError(
                _kind_of(answer.status), self.words(answer), retry_after(answer.headers)
            )
        if answer.is_html:
            raise self.unreadable(answer)
        return answer

    def read(self, answer: HttpAnswer, parse: Callable[[bytes], T]) -> T:
        """What `parse` makes of a successful answer. Raises: ProviderError."""
        try:
            return parse(self.accept(answer).body)
        except Unreadable as error:
            raise self.unreadable(answer) from error

    def unreadable(self, answer: HttpAnswer) -> ProviderError:
        """The refusal of a success that is no data."""
        return ProviderError(Trouble.BAD_ANSWER, self.words(answer))

    def words(self, answer: HttpAnswer) -> str:
        """What the vendor said, without secrets, after the status."""
        words = redacted(_said(answer), self._secrets)
        return f"HTTP {answer.status}: {words}" if words else f"HTTP {answer.status}"

    def is_simulated(self, answer: HttpAnswer) -> bool:
        """Whether a simulator answered (W20): it says so, or it lives on this machine."""
        return SIMULATOR_HEADER in answer.headers or is_on_this_machine(self._base_url)


def health_of(question: Callable[[], bool]) -> Health:
    """The health that asking shows: fine, or in the vendor's words what is wrong.

    `question` says whether a simulator answered it.
    """
    try:
        is_simulated = question()
    except ProviderError as trouble:
        return Health(is_ok=False, text=trouble.text)
    return Health(is_ok=True, text="", is_simulated=is_simulated)


def _kind_of(status: int) -> Trouble:
    if status == 401:
        return Trouble.CREDENTIALS_EXPIRED
    if status in (402, 403, 407):
        return Trouble.NOT_PERMITTED
    if status == 429:
        return Trouble.RATE_LIMITED
    # A redirect leads away from the service, to a sign-in or maintenance page.
    if status >= 500 or status == 408 or 300 <= status < 400:
        return Trouble.UNREACHABLE
    return Trouble.BAD_ANSWER


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """`Retry-After` as seconds or as a date, counted from the vendor's own clock if it tells it."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return min(timedelta(seconds=int(text)), LONGEST_PAUSE)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(timedelta(0), min(until - since, LONGEST_PAUSE))


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _said(answer: HttpAnswer) -> str:
    text = answer.body[:4096].decode("utf-8", "replace")
    if answer.is_html:
        title = _TITLE.search(text)
        return _TAGS.sub(" ", title[1] if title else text)
    try:
        return _words_in(msgspec.json.decode(answer.body)) or text
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return text


def _words_in(value: Any, depth: int = 0) -> str:
    """The words of an error, wherever a vendor put them."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or depth > 3:
        return ""
    fields = {str(name).lower(): field for name, field in value.items()}
    found = (_words_in(fields[name], depth + 1) for name in _WORDS if name in fields)
    return next((words for words in found if words), "")
