"""What the rows of one list are to each other: doubles, and rows that lack a product number.

Decided over the whole list, so that it does not depend on how the list is cut into batches.
"""

from __future__ import annotations

import polars as pl

_MACHINE = ["manufacturer", "serial"]
_TEXTS = [
    "manufacturer",
    "serial",
    "product_number",
    "name",
    "model",
    "assigned_user",
    "asset_tag",
    "location",
    "country",
    "other_maker",
]
_IS_HP, _IS_HPE = pl.col("manufacturer") == "HP", pl.col("manufacturer") == "HPE"
_IS_OPEN = pl.col("other_maker") != ""


def resolve(prepared: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of storing, with `may_fill`, and doubles refused.

    * A row that leaves open whether it is HP's or HPE's is HPE's if the list names a machine of
      that serial of HPE's and none of HP's. Where it names both, `other_maker` goes (W16).
    * Of several rows of one device the last counts; the others are DUPLICATE_ROW.
    * A row without product number means the one that the list names for its manufacturer and
      serial; if the list names several, it is AMBIGUOUS_SERIAL.
    * `may_fill`: the list knows one product number of the machine, so that it may complete a
      stored device that has none.
    """
    good = prepared.filter(pl.col("refusal").is_null()).drop("refusal", "refusal_column")
    bad = prepared.filter(pl.col("refusal").is_not_null())
    # A million rows are 200 MB each time; the process has 1 GB.
    del prepared
    good = _with_decided_makers(good)
    good = good.sort("serial", "manufacturer", "row_no").with_row_index("at")
    is_shared = _same_as(1) | _same_as(-1)
    good = good.with_columns(is_shared=is_shared.fill_null(value=False))
    nothing = pl.lit("")
    alone = good.filter(~pl.col("is_shared")).with_columns(
        may_fill=pl.lit(value=True), refusal=nothing, field=nothing
    )
    shared = _share(good.filter(pl.col("is_shared")))
    del good
    # The texts of a refused row are for the preview only.
    refused = bad.select(
        "row_no",
        *[pl.col(name).fill_null("") for name in _TEXTS],
        pl.lit(None, pl.Date).alias("purchased_on"),
        pl.lit(None, pl.Boolean).alias("is_virtual"),
        pl.lit(value=False).alias("may_fill"),
        "refusal",
        pl.col("refusal_column").fill_null("").alias("field"),
    )
    # Those alone are in order already.
    ordered = pl.concat([alone, shared], how="diagonal").sort("at") if shared.height else alone
    del alone
    return pl.concat([ordered.drop("is_shared", "at"), refused], how="diagonal")


def _with_decided_makers(rows: pl.DataFrame) -> pl.DataFrame:
    """Twin of `rules.meant` among the rows of a list, so that no two mean one device later."""
    hpe = rows.filter(_IS_HPE).select("serial")
    shared = rows.filter(_IS_HP).join(hpe, on="serial", how="semi").select("serial", _IS_OPEN)
    if shared.is_empty():
        return rows
    both = shared.filter(~pl.col("other_maker"))["serial"].unique()
    is_both = pl.col("serial").is_in(both.implode())
    is_meant = _IS_HP & ~is_both & pl.col("serial").is_in(shared["serial"].unique().implode())
    return rows.with_columns(
        manufacturer=pl.when(is_meant).then(pl.lit("HPE")).otherwise("manufacturer"),
        other_maker=pl.when(is_meant)
        .then(pl.lit("HP"))
        .when(is_both)
        .then(pl.lit(""))
        .otherwise("other_maker"),
    )


def _same_as(step: int) -> pl.Expr:
    return pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in _MACHINE)


def _share(rows: pl.DataFrame) -> pl.DataFrame:
    given = pl.col("product_number").filter(pl.col("product_number") != "")
    known = rows.group_by(_MACHINE).agg(known=given.n_unique(), the_one=given.first().fill_null(""))
    is_open = pl.col("product_number") == ""
    is_ambiguous = is_open & (pl.col("known") > 1)
    rows = rows.join(known, on=_MACHINE).with_columns(
        may_fill=pl.col("known") == 1,
        is_ambiguous=is_ambiguous,
        product_number=pl.when(is_open & (pl.col("known") == 1))
        .then(pl.col("the_one"))
        .otherwise(pl.col("product_number")),
    )
    is_earlier = pl.col("row_no") < pl.col("row_no").max().over([*_MACHINE, "product_number"])
    refusal = (
        pl.when(pl.col("is_ambiguous"))
        .then(pl.lit("AMBIGUOUS_SERIAL"))
        .when(is_earlier)
        .then(pl.lit("DUPLICATE_ROW"))
        .otherwise(pl.lit(""))
    )
    field = pl.when(refusal == "").then(pl.lit("")).otherwise(pl.lit("serial"))
    return rows.with_columns(refusal=refusal, field=field).drop("known", "the_one", "is_ambiguous")
