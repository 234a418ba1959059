"""The columns of a file, where its rows go, and the words of its summary."""

from __future__ import annotations

import pytest

from fleetward.devices.contracts import Problem
from fleetward.devices.imports.contracts import ExtraValue
from fleetward.transfers.contracts import (
    ColumnsMissing,
    CustomerGroup,
    MixedTargets,
    RowOutcome,
    TargetMissing,
    TransferBroken,
)
from fleetward.transfers.rules import columns_of, count_more_groups, target_of
from fleetward.transfers.texts import ADVICE, description_of, state_of

ONE, OTHER = ExtraValue("AAA", 2, 2), ExtraValue("BBB", 1, 4)
BLANK = ExtraValue("", 1, 3)


@pytest.mark.parametrize("header", ["Customer ID", "customer id", "CUSTOMERID", "Customer-ID "])
def test_x3_headers_compare_without_case_and_marks(header: str) -> None:
    found = columns_of(["S", header], {"serial": "S"})
    assert found == {"serial": "S", "customer": header}


def test_every_missing_header_is_named() -> None:
    with pytest.raises(ColumnsMissing) as error:
        columns_of(["A", "B"], {})
    assert error.value.columns == "Serial Number, Customer ID"


def test_x4_all_rows_carry_one_customer_id() -> None:
    assert target_of([ONE], 1) == "AAA"


def test_x4_a_second_customer_is_named_by_its_first_row() -> None:
    with pytest.raises(MixedTargets) as error:
        target_of([ONE, OTHER], 2)
    assert (error.value.customers, error.value.row) == (2, 4)


def test_blank_rows_among_several_customers_are_no_customer() -> None:
    with pytest.raises(MixedTargets) as error:
        target_of([ONE, BLANK, OTHER], 3)
    assert (error.value.customers, error.value.row) == (2, 3)


@pytest.mark.parametrize("values", [[BLANK], [ONE, BLANK], [BLANK, ONE]])
def test_a_row_without_a_customer_is_named(values: list[ExtraValue]) -> None:
    with pytest.raises(TargetMissing) as error:
        target_of(values, len(values))
    assert error.value.row == BLANK.first_row


def test_x6_the_words_of_the_rules() -> None:
    good = {outcome for outcome in RowOutcome if state_of(outcome) == "Success"}
    assert good == {RowOutcome.MOVED, RowOutcome.MERGED, RowOutcome.RETURNED}
    assert description_of(RowOutcome.MOVED) == "Asset successfully created"
    assert description_of(RowOutcome.MERGED) == "Asset successfully created"
    assert description_of(RowOutcome.NOT_FOUND) == "Device not found"
    assert description_of(RowOutcome.DUPLICATE) == "Duplicate row"
    assert description_of(RowOutcome.AMBIGUOUS) == "Ambiguous serial number"
    assert state_of(RowOutcome.FOUND) == ""


def test_x13_every_failure_says_what_to_correct() -> None:
    silent = {o for o in RowOutcome if not o.is_success} - set(ADVICE)
    assert silent == {RowOutcome.FOUND, RowOutcome.REFUSED}


def test_customers_beside_those_that_were_kept_are_counted() -> None:
    kept = [CustomerGroup("AAA", 1, 2), CustomerGroup("", 1, 3)]
    assert count_more_groups(kept, Problem.of(MixedTargets(3, 4))) == 2
    assert count_more_groups([], Problem.of(TransferBroken())) == 0
    assert count_more_groups([], None) == 0
