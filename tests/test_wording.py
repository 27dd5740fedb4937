"""Errors in a seller's words, and output for consoles that know few characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from biaoti.cli.wording import in_chinese

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "biaoti"]


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        ("a.json: cannot be read: No such file or directory", "找不到文件 a.json"),
        (
            "连衣裙女: cannot be read: No such file or directory",
            "找不到文件 连衣裙女;若这是标题,请写 --title 连衣裙女",
        ),
        ("out: cannot be written: no such folder", "out 写不了:没有这个文件夹"),
        (
            "a.json: byte 3: found 0xb1, expected UTF-8 text",
            "a.json 第 3 个字节不是 UTF-8;请把文件另存为 UTF-8",
        ),
        (
            "stdin: line 1 column 9: Expecting value",
            "stdin 第 1 行第 9 个字附近不是 JSON(多了或少了逗号、引号、括号?)",
        ),
        ("unknown keys: 颜色 (did you mean 颜色尺码?)", "不认识的键:颜色 (是不是 颜色尺码?)"),
        (
            "gross_margin: found the number 45, expected a number from -1 to 1",
            "gross_margin 现在是 45,应为 -1 到 1 之间的数",
        ),
        ("title: found nothing, expected the title to score", "没有填标题"),
        (
            "title, category: found neither, expected at least one of them",
            "标题和类目都没有填,至少填一个",
        ),
        ("siblings[0]: found nothing, expected an object", "siblings[0] 没有填,应为一个 JSON 对象"),
        ("material.tsv:3: term: found '云朵绒', expected rows in sorted order", None),
        ("the sky is falling", None),
    ],
)
def test_a_sentence_we_know_is_said_in_chinese(message: str, chinese: str | None) -> None:
    assert in_chinese(message) == chinese


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        ({"宝贝标题": "法式连衣裙女夏新款", "不用词": ["连衣裙"]}, "没有品类词"),
        ({"宝贝标题": "法式裙", "不用词": ["法式"], "必留词": ["法式"]}, "同时在必留词和不用词里"),
    ],
)
def test_wishes_that_leave_no_title_are_refused(listing: dict[str, object], said: str) -> None:
    done = _run("suggest", "-", given=json.dumps(listing).encode())
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert not done.stdout


def test_a_console_that_knows_few_characters_is_no_defect() -> None:
    done = _run("suggest", "examples/dress.json", "--limit", "56", PYTHONIOENCODING="gbk")
    assert done.returncode == 0
    assert "新标题" in done.stdout.decode("gbk")
    assert "?" not in done.stdout.decode("gbk").splitlines()[1]


def _run(*arguments: str, given: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "app"), **extra}
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        input=given,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment,
        timeout=120,
    )
