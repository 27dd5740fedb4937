"""The OpenAPI document is the contract: complete, true, and kept under fire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from biaoti.answers import Operation, Session
from biaoti.api import Live, create_app
from biaoti.api.documents import REQUESTS
from biaoti.cli.start import load_alias_names, report_headers
from biaoti.engine import Engine, make_market
from biaoti.keywords import Kind
from biaoti.records import CREDIBLE_SHARE, Listing
from biaoti.reports import read_reports
from biaoti.settings import ServiceSettings
from biaoti.store import find_place
from serving import EXAMPLES, ROOT, TODAY

pytestmark = pytest.mark.slow
EXAMPLES_EACH = 30
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)


@schemathesis.serializer("application/x-ndjson")
def lines(_: schemathesis.SerializationContext, value: Any) -> Any:  # noqa: ANN401 - any value
    """Send each generated value as a line of its own."""
    return b"".join(json.dumps(value).encode() + b"\n" for _ in range(2))


@pytest.fixture(scope="module")
def client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    headers = report_headers(ROOT / "lexicon")
    rows = read_reports([EXAMPLES / "dress_sycm.csv"], headers).rows
    session = Session(
        engine=engine,
        aliases=load_alias_names(ROOT / "lexicon"),
        market=make_market(engine, rows),
        today=lambda: TODAY,
    )
    folder = tmp_path_factory.mktemp("uploads")
    app = create_app(
        Live(session=session),
        ServiceSettings(solve_seconds=0.0),
        read_headers=lambda: headers,
        uploads=folder,
        place=find_place(folder / "store.sqlite3"),
    )
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


ROUTES = [
    *(("POST", f"/v1/{operation.value}") for operation in Operation),
    *(("POST", path) for path in ("/v1/rewrite", "/v1/reports")),
    *(("GET", path) for path in ("/v1/keywords", "/healthz", "/readyz", "/metrics")),
]


def test_the_routes_under_fire_are_all_there_are(document: dict[str, Any]) -> None:
    paths = document["paths"].items()
    assert {(m.upper(), path) for path, ms in paths for m in ms} == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_gets_an_answer_that_is_not_documented(
    method: str, path: str, mode: GenerationMode, client: TestClient
) -> None:
    contract = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    operation = contract[path][method]

    @seed(1)
    @settings(
        max_examples=EXAMPLES_EACH,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def attack(case: Any) -> None:  # noqa: ANN401 - published without a plain type
        # Without a limit of ours the attacker gives up after ten seconds: too soon when busy.
        case.call_and_validate(checks=list(CHECKS), timeout=120)

    try:
        attack()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # a route without parameters cannot be misused


# ---- complete and true -------------------------------------------------------------------------


def _validator(document: dict[str, Any], shape: str) -> Any:  # noqa: ANN401 - published without types
    root = {"$ref": f"#/components/schemas/{shape}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(root)


def test_every_key_and_shape_is_known_and_explained(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["Listing"]["properties"]) == {field.name for field in fields(Listing)}
    named = {piece.split('"')[0] for piece in json.dumps(document).split("schemas/")[1:]}
    assert named <= set(schemas)
    assert {f"/v1/{operation}" for operation in Operation} <= set(document["paths"])
    silent = [
        f"{shape}.{key}"
        for shape, content in schemas.items()
        for key, part in content.get("properties", {}).items()
        if "$ref" not in part and "description" not in part
    ]
    assert not silent


def test_the_notes_name_every_kind_and_the_probability_of_the_range(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    kinds = schemas["KeywordItem"]["properties"]["kinds"]["description"]
    assert re.findall(r"\w+", kinds) == [kind.value for kind in Kind]
    worth = schemas["ValueRange"]["properties"]
    assert all(str(CREDIBLE_SHARE) in worth[end]["description"] for end in ("low", "high"))


def test_every_route_has_a_summary_and_an_example_that_is_true(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for route in methods.values():
            assert route["summary"], path
            assert route["description"], path
            assert {"429", "500"} <= set(route["responses"]), path
            for shape, example in _examples(route):
                _validator(document, shape).validate(example)
    for shape, example in REQUESTS.items():
        _validator(document, shape).validate(example)


def _examples(route: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for answer in route["responses"].values():
        for body in answer.get("content", {}).values():
            if "example" in body:
                found = body["schema"].get("$ref") or body["schema"]["anyOf"][0]["$ref"]
                yield found.rpartition("/")[2], body["example"]


@pytest.mark.parametrize("name", ["dress", "shampoo", "phone_case"])
def test_real_answers_are_of_the_documented_shape(
    name: str, client: TestClient, document: dict[str, Any]
) -> None:
    listing = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    asked = {
        ("/v1/suggest?count=2", "Proposal"): listing,
        ("/v1/check", "CheckReport"): listing,
        ("/v1/check?fix=true", "FixedReport"): listing,
        ("/v1/score", "ScoreReport"): listing,
        ("/v1/tag", "Tags"): listing,
        ("/v1/match", "MatchReport"): {"keyword": "裙", "title": "裙", "listing": listing},
        ("/v1/tag?x=1", "Problem"): listing,
    }
    for (path, shape), body in asked.items():
        _validator(document, shape).validate(client.post(path, json=body).json())
    for path, shape in {"/v1/keywords?top=20": "KeywordReport", "/readyz": "Health"}.items():
        _validator(document, shape).validate(client.get(path).json())
    for report in sorted(EXAMPLES.glob(f"{name}_*")):
        reply = _sent(client, report)
        assert reply.status_code == HTTPStatus.OK
        _validator(document, "ImportReceipt").validate(reply.json())


def _sent(client: TestClient, report: Path) -> Any:  # noqa: ANN401 - an answer
    params = {"store": "false", "name": report.name}
    return client.post("/v1/reports", params=params, content=report.read_bytes())
