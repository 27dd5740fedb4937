"""Reports to choose from: keywords with value and kinds, root words, bids for paid search."""

from biaoti.keywords.bids import Bid, Terms, Verdict, bids
from biaoti.keywords.kinds import Kind
from biaoti.keywords.roots import Root, roots
from biaoti.keywords.rows import KeywordRow, keyword_report, keyword_row, keyword_rows
from biaoti.keywords.tables import KeywordTable, bids_in, keyword_table
from biaoti.keywords.trends import Trend, trends

__all__ = [
    "Bid",
    "KeywordRow",
    "KeywordTable",
    "Kind",
    "Root",
    "Terms",
    "Trend",
    "Verdict",
    "bids",
    "bids_in",
    "keyword_report",
    "keyword_row",
    "keyword_rows",
    "keyword_table",
    "roots",
    "trends",
]
