"""Every noun that two modules share.

Frozen records, closed sets as enums, checked strings as types.
"""

from __future__ import annotations

from biaoti.records.answers import (
    CheckReport,
    CoveredKeyword,
    CurrentTitle,
    CurvePoint,
    Edits,
    Exclusion,
    LedgerLine,
    MatchReport,
    PlacedTerm,
    Proposal,
    ProposedTitle,
    Question,
    ScoreReport,
    Versions,
)
from biaoti.records.assembly import (
    Candidate,
    Demand,
    Status,
)
from biaoti.records.checking import (
    CheckResult,
    Conflict,
    EvidenceNeeded,
    Inspection,
    Severity,
    Violation,
)
from biaoti.records.listing import (
    Fact,
    Listing,
    Ruling,
    Sibling,
    Stage,
    Verdict,
)
from biaoti.records.statistics import (
    Interval,
    KeywordStat,
    Period,
    Reject,
    ReportReading,
    Score,
)
from biaoti.records.words import (
    Brand,
    Entry,
    Fibre,
    Lexicon,
    Policy,
    Reading,
    Slot,
    TaggedTerm,
    Term,
    Token,
    Unit,
)

__all__ = [
    "Brand",
    "Candidate",
    "CheckReport",
    "CheckResult",
    "Conflict",
    "CoveredKeyword",
    "CurrentTitle",
    "CurvePoint",
    "Demand",
    "Edits",
    "Entry",
    "EvidenceNeeded",
    "Exclusion",
    "Fact",
    "Fibre",
    "Inspection",
    "Interval",
    "KeywordStat",
    "LedgerLine",
    "Lexicon",
    "Listing",
    "MatchReport",
    "Period",
    "PlacedTerm",
    "Policy",
    "Proposal",
    "ProposedTitle",
    "Question",
    "Reading",
    "Reject",
    "ReportReading",
    "Ruling",
    "Score",
    "ScoreReport",
    "Severity",
    "Sibling",
    "Slot",
    "Stage",
    "Status",
    "TaggedTerm",
    "Term",
    "Token",
    "Unit",
    "Verdict",
    "Versions",
    "Violation",
]
