"""The judge of titles on queries that nobody was shown: stock jieba and the letters of the text.

It shares no code with the product and follows the measuring script `coverage`: a query is caught
when every one of its words is a word of the title in search mode or, from two characters on, a part
of it; a title that is too wide or says what nobody vouches for catches nothing.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

import jieba
from real_listings import spelled

from biaoti.records import Listing

LIMIT = 60
# Words that claim nothing, as the measuring script has them.
GENERIC = {"新款", "百搭", "家用", "专用", "通用", "时尚", "适用", "正品", "套装"}

jieba.setLogLevel(60)
STOCK = jieba.Tokenizer()


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` as stock jieba cuts it, marks and 的 left out."""
    cut = STOCK.cut(text.lower(), HMM=False)
    return tuple(word for word in cut if word.isalnum() and word != "的")


def repeats(title: str) -> int:
    """Return how many words of `title` stand there once more than they need to."""
    return sum(count - 1 for count in Counter(words(title)).values())


def is_usable(title: str, listing: Listing) -> bool:
    """Tell whether a title fits and every word of it is the listing's own or claims nothing."""
    source = " ".join(spelled(listing))
    vouched = (
        word in source or word in GENERIC or all(letter in source for letter in word)
        for word in words(unicodedata.normalize("NFKC", title))
    )
    return 0 < len(title.encode("gbk", "replace")) <= LIMIT and all(vouched)


class Queries:
    """Queries to be caught, found by their longest word."""

    def __init__(self, queries: Iterable[str]) -> None:
        """Take in the queries; one without a word is left out."""
        self._by_word: dict[str, list[frozenset[str]]] = defaultdict(list)
        for query in queries:
            needed = frozenset(words(query))
            if needed:
                self._by_word[min(needed, key=lambda w: (-len(w), w))].append(needed)

    def caught(self, title: str) -> int:
        """Return how many queries `title` catches, whatever it claims."""
        low = title.lower()
        held = set(STOCK.cut_for_search(low, HMM=False))

        def stands(word: str) -> bool:
            return word in held or (len(word) > 1 and word in low)

        found = (
            needed for word, queries in self._by_word.items() if stands(word) for needed in queries
        )
        return sum(all(map(stands, needed)) for needed in found)
