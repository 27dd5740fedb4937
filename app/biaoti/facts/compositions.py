"""A written composition ("聚酯纤维71.3% 棉26.7%") -> shares by fibre."""

from __future__ import annotations

import re

from biaoti.records import Lexicon
from biaoti.text import normalize

_NAME = r"([^\d%\s、,，/;；()（）:：+.]+)"
_SHARE_AFTER = re.compile(_NAME + r"[\s:：()（）]*(\d+(?:\.\d+)?)\s*%")
_SHARE_BEFORE = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*" + _NAME)
_LEADING_SHARE = re.compile(r"\s*\d+(?:\.\d+)?\s*%\s*[^\d%\s、,，/;；()（）:：+.]")
# What stands around a number without naming a fibre: 96%及以上, 51%(含)-70%(含).
_NO_FIBRE = re.compile(r"(?:及?以[上下]|不?含|不[少低]于|约|≥|≤|[<>~～—–-])*")


def composition(value: str, lexicon: Lexicon) -> dict[str, float]:
    """Return the shares in percent of a written composition by fibre, else {}.

    A share of 其他 may be anything and is left out.
    """
    before = [(name, share) for share, name in _SHARE_BEFORE.findall(value)]
    pairs = before if _LEADING_SHARE.match(value) else _SHARE_AFTER.findall(value) or before
    shares: dict[str, float] = {}
    for written, share in pairs:
        name = normalize(written)
        if _NO_FIBRE.fullmatch(name) or name in lexicon.policy.nothing:
            continue
        claim = lexicon.fibres.get(name)
        fibre = claim.fibre if claim else name
        shares[fibre] = shares.get(fibre, 0.0) + float(share)
    return shares
