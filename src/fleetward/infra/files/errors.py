"""Why a file is refused as a whole: what is wrong, where, and what to do.

`row` is the number that a spreadsheet shows (the header is row 1 where it comes first), `column`
counts from 1. Nothing is stored of a refused file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fleetward.kernel.errors import Invalid
from fleetward.kernel.texts import N_


class FileRefused(Invalid):
    """The family: catch this one to refuse any file."""


@dataclass(eq=False)
class FileKindUnknown(FileRefused):
    """`kind` says what the content looks like, whatever the name of the file says."""

    kind: str
    code: ClassVar[str] = "file_kind_unknown"
    text: ClassVar[str] = N_("The file is neither CSV nor XLSX: {kind}.")
    fix: ClassVar[str] = N_("Save it as CSV UTF-8 or as an Excel workbook (.xlsx) and send that.")


@dataclass(eq=False)
class FileDamaged(FileRefused):
    detail: str
    code: ClassVar[str] = "file_damaged"
    text: ClassVar[str] = N_("The file is damaged and cannot be read: {detail}.")
    fix: ClassVar[str] = N_("Open it in the program that made it, save it again and send that.")


@dataclass(eq=False)
class FileTooLarge(FileRefused):
    size_mb: int
    limit_mb: int
    code: ClassVar[str] = "file_too_large"
    text: ClassVar[str] = N_("The file has {size_mb} MB; at most {limit_mb} MB are read.")
    fix: ClassVar[str] = N_("Split the list into several files.")


@dataclass(eq=False)
class FileUnpacksTooLarge(FileRefused):
    """A packed file that grows beyond the limit or the ratio: what a decompression bomb does."""

    limit_mb: int
    ratio: int
    code: ClassVar[str] = "file_unpacks_too_large"
    text: ClassVar[str] = N_(
        "The packed file grows beyond {limit_mb} MB or {ratio} times its size when unpacked."
    )
    fix: ClassVar[str] = N_(
        "Delete empty sheets, pictures and unused formatting, or send it as CSV."
    )


@dataclass(eq=False)
class FileTooDemanding(FileRefused):
    code: ClassVar[str] = "file_too_demanding"
    text: ClassVar[str] = N_("Reading the file takes more memory or time than is allowed.")
    fix: ClassVar[str] = N_("Send it as CSV UTF-8, or split the list into several files.")


@dataclass(eq=False)
class FileEmpty(FileRefused):
    code: ClassVar[str] = "file_empty"
    text: ClassVar[str] = N_("The file has no rows.")
    fix: ClassVar[str] = N_(
        "Put the column headers in the first row and one device in each row below."
    )


@dataclass(eq=False)
class UnknownEncoding(FileRefused):
    row: int
    code: ClassVar[str] = "file_unknown_encoding"
    text: ClassVar[str] = N_(
        "Line {row} holds bytes that are neither UTF-8 nor UTF-16 nor Windows-1252."
    )
    fix: ClassVar[str] = N_('Save the file as "CSV UTF-8" and send that.')


@dataclass(eq=False)
class NulByte(FileRefused):
    row: int
    code: ClassVar[str] = "file_nul_byte"
    text: ClassVar[str] = N_("Line {row} holds a NUL byte, which no text has.")
    fix: ClassVar[str] = N_('Save the file as "CSV UTF-8" and send that.')


@dataclass(eq=False)
class UnclosedQuote(FileRefused):
    row: int
    code: ClassVar[str] = "file_unclosed_quote"
    text: ClassVar[str] = N_(
        "A quotation mark opens in row {row} and is not closed where its cell ends."
    )
    fix: ClassVar[str] = N_(
        "Close it, or double quotation marks that belong to the text of a cell."
    )


@dataclass(eq=False)
class RowTooLong(FileRefused):
    row: int
    cells: int
    columns: int
    code: ClassVar[str] = "file_row_too_long"
    text: ClassVar[str] = N_("Row {row} has {cells} cells, but there are {columns} headers.")
    fix: ClassVar[str] = N_(
        "Put cells that hold a separator in quotation marks, or give the last column a header."
    )


@dataclass(eq=False)
class TooManyRows(FileRefused):
    limit: int
    code: ClassVar[str] = "file_too_many_rows"
    text: ClassVar[str] = N_("The file has more than {limit} rows.")
    fix: ClassVar[str] = N_("Split the list into several files.")


@dataclass(eq=False)
class TooManyColumns(FileRefused):
    columns: int
    limit: int
    code: ClassVar[str] = "file_too_many_columns"
    text: ClassVar[str] = N_("The file has {columns} columns; at most {limit} are read.")
    fix: ClassVar[str] = N_("Delete the columns that are not needed.")


@dataclass(eq=False)
class CellTooLong(FileRefused):
    row: int
    column: int
    limit: int
    code: ClassVar[str] = "file_cell_too_long"
    text: ClassVar[str] = N_("Row {row}, column {column} has more than {limit} characters.")
    fix: ClassVar[str] = N_("Shorten the cell, and check for a missing quotation mark before it.")


@dataclass(eq=False)
class EmptyHeader(FileRefused):
    row: int
    column: int
    code: ClassVar[str] = "file_empty_header"
    text: ClassVar[str] = N_("Column {column} has no header in row {row}.")
    fix: ClassVar[str] = N_("Give the column a header, or delete the column.")


@dataclass(eq=False)
class DuplicateHeader(FileRefused):
    header: str
    row: int
    column: int
    other_column: int
    code: ClassVar[str] = "file_duplicate_header"
    text: ClassVar[str] = N_('The header "{header}" stands in columns {other_column} and {column}.')
    fix: ClassVar[str] = N_("Rename or delete one of the two columns.")


# Whoever rebuilds an error from its code (the parent of the reading child) looks here.
BY_CODE: dict[str, type[FileRefused]] = {
    error.code: error
    for error in (
        FileKindUnknown,
        FileDamaged,
        FileTooLarge,
        FileUnpacksTooLarge,
        FileTooDemanding,
        FileEmpty,
        UnknownEncoding,
        NulByte,
        UnclosedQuote,
        RowTooLong,
        TooManyRows,
        TooManyColumns,
        CellTooLong,
        EmptyHeader,
        DuplicateHeader,
    )
}
