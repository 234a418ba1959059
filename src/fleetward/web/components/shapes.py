"""View models of the components. Labels arrive translated; numbers may arrive as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tone(StrEnum):
    """The colour of a thing that also has words and an icon."""

    QUIET = "quiet"
    INFO = "info"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


TONE_ICONS: dict[Tone, str] = {
    Tone.QUIET: "info-circle",
    Tone.INFO: "info-circle",
    Tone.ACCENT: "info-circle",
    Tone.GOOD: "circle-check",
    Tone.WARN: "alert-triangle",
    Tone.BAD: "alert-circle",
}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way here; the page itself has no address."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A named value. `value` may be a SafeString made by `components.cells`."""

    label: str
    value: str
    note: str = ""
    copies: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a progress or a summary; with an address it opens the list behind it."""

    label: str
    value: int | str
    tone: Tone = Tone.QUIET
    href: str = ""

    @property
    def shown_tone(self) -> Tone:
        """None of something bad is nothing bad."""
        return Tone.QUIET if self.value in {0, "0"} else self.tone


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. While `poll_url` is set the block asks there for its next self."""

    title: str
    done: int
    total: int
    poll_url: str = ""
    tone: Tone = Tone.ACCENT
    status: str = ""
    note: str = ""
    figures: tuple[Figure, ...] = ()
    dom_id: str = "progress"


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a filter bar: several of, one of, or a range of days."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    takes_many: bool = True
    from_name: str = ""
    from_value: str = ""
    to_name: str = ""
    to_value: str = ""

    @property
    def chosen(self) -> int:
        # From and to are one choice, as they are one chip.
        return bool(self.from_value or self.to_value) + sum(
            bool(o.is_chosen and o.value) for o in self.options
        )


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, with the address without it and how much it leaves by itself."""

    label: str
    value: str
    remove_href: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a menu."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Builder:
    """The form of one more condition: comparisons of a column, and the values to choose from.

    A GET form to the list with everything that is `kept`; `problem` is why it was not taken.
    `takes_many`: any of several values, each a box or a line.
    `focuses`: the keys stand on it at once, since it was asked for.
    """

    name: str
    label: str
    ops: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]
    cancel_href: str
    options: tuple[Option, ...] = ()
    takes_day: bool = False
    takes_many: bool = False
    value: str = ""
    problem: str = ""
    focuses: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """The choice of columns; posted to `action` as repeated `columns`."""

    action: str
    options: tuple[Option, ...]
    next_href: str = ""


@dataclass(frozen=True, slots=True)
class FilterBar:
    """Search, filters and chips of a list: a GET form, so that the address holds the state."""

    action: str
    search_label: str = ""
    search_value: str = ""
    filters: tuple[Filter, ...] = ()
    chips: tuple[Chip, ...] = ()
    clear_href: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    columns: Columns | None = None
    more: tuple[Link, ...] = ()
    builder: Builder | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a journey, for instance of an import."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A notification as an item of the list. With `uid` it can be marked as read and snoozed."""

    title: str
    at: datetime
    text: str = ""
    href: str = ""
    tone: Tone = Tone.INFO
    is_unread: bool = False
    icon: str = ""
    download_href: str = ""
    download_label: str = ""
    uid: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history: what happened, who did it, when, and under which request.

    `href` opens what it was a part of, under the name `link`.
    """

    text: str
    at: datetime
    who: str = ""
    note: str = ""
    icon: str = "point-filled"
    href: str = ""
    link: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class SelectionAction:
    """A button of a selection bar: sends the selected rows with `action`."""

    action: str
    label: str
    icon: str
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class SelectionBar:
    """What can be done with the selected rows. `everything`: words for all that match, not only
    this page, '' for none; `total`: how many those are, in the reader's numbers."""

    actions: tuple[SelectionAction, ...]
    everything: str = ""
    total: str = ""
