"""What must hold of any input: of those a fuzzer kept, and of as many as hypothesis finds."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import fuzzing
from biaoti.engine import Engine

CORPUS = Path(__file__).parent / "corpus"
# Every other target costs a process or a solver for each input.
CHEAP = ("reports", "listings", "titles", "checks")
BYTES = st.binary(max_size=60) | st.lists(
    st.sampled_from(
        [
            *(b"\xff", b"\x00", b"\n", b",", b"\t", b'"', b"=", b"{", b"}", b"\xef\xbb\xbf", b"PK"),
            *("搜索词,点击率\n".encode(), "标题\t类目\n".encode(), "裙".encode("gb18030")),
            *(
                b'{"title":"a"}\n',
                b'"attributes":',
                b"1e999",
                "5000 ~ 1万".encode(),
                b"2.5%",
                b"PAR1",
            ),
        ]
    )
    | st.binary(max_size=6),
    max_size=16,
).map(b"".join)


@pytest.fixture(scope="module", autouse=True)
def _session(engine: Engine) -> None:
    """Let the targets use the engine that the other tests use."""
    fuzzing.use(engine)


def test_every_target_has_a_corpus() -> None:
    assert {path.stem for path in CORPUS.glob("*.txt")} == set(fuzzing.TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < 300_000


@pytest.mark.parametrize("target", sorted(fuzzing.TARGETS))
def test_what_a_fuzzer_found_still_holds(target: str) -> None:
    inputs = (CORPUS / f"{target}.txt").read_text("ascii").split()
    assert inputs
    for line in inputs:
        fuzzing.TARGETS[target](base64.b64decode(line))


@pytest.mark.parametrize("target", sorted(fuzzing.TARGETS))
def test_any_bytes_hold(target: str) -> None:
    @given(data=BYTES)
    @example(data=b'{"title":"a","x":1e999}\n')
    @example(data=b"PAR1")
    @settings(
        derandomize=True,
        deadline=None,
        max_examples=150 if target in CHEAP else 25,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def holds(data: bytes) -> None:
        fuzzing.TARGETS[target](data)

    holds()
