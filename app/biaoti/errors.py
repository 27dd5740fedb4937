"""What can go wrong: one base class, a handful of located exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class BiaotiError(Exception):
    """A failure the user can do something about; `code` is stable, the message names the place."""

    code = "error"


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad place in a file: `file:line: column: found …, expected …`."""

    file: str
    line: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: {self.column}"
        return f"{place}: found {self.found!r}, expected {self.expected}"


class DataFileError(BiaotiError):
    """A data file that is not as it must be; carries every fault found, not only the first."""

    code = "bad-data-file"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ReportError(BiaotiError):
    """A keyword report that cannot be read at all."""

    code = "bad-report"


class ListingError(BiaotiError):
    """A listing with unknown keys, wrong types or nothing to work with.

    `faults` are (JSON pointer, message): where in the listing each fault is; an empty pointer means
    the whole.
    """

    code = "bad-listing"

    def __init__(self, message: str, pointer: str = "") -> None:
        self.faults: tuple[tuple[str, str], ...] = ((pointer, message),)
        super().__init__(message)

    @classmethod
    def together(cls, errors: Sequence[ListingError]) -> ListingError:
        """Return one error that tells of all `errors`, a line for each."""
        found = cls("\n".join(map(str, errors)))
        found.faults = tuple(fault for error in errors for fault in error.faults)
        return found


class TitleError(BiaotiError):
    """A text the platform refuses in a title."""

    code = "bad-title"


class InfeasibleError(BiaotiError):
    """No title can satisfy what was asked for; the message says which demand is impossible."""

    code = "infeasible"


class ModelError(BiaotiError):
    """A model file that is not the one its manifest names."""

    code = "bad-model"


class TrainingError(BiaotiError):
    """Nothing to train with, or nowhere to write."""

    code = "bad-training"
