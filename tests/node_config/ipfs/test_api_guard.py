"""Who may call the node's API: local programs with the token, nobody else."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer " + "0" * 64, "Basic dXNlcjpwdw=="])
def test_call_without_the_right_token_is_unauthorised(swarm, header):
    node = swarm.node()
    answer = node.post("id", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert node.token not in answer.text + node.log()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/page"},
        {"Host": "evil.example:5001"},
        {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"},
    ],
)
def test_browser_or_foreign_host_is_forbidden_even_with_the_token(swarm, headers):
    assert swarm.node().post("id", headers=headers).status_code == 403


def test_origin_that_the_operator_allows_is_served(swarm):
    node = swarm.node("-allow-origin=https://ops.example")
    assert node.post("id", headers={"Origin": "https://ops.example"}).status_code == 200
    assert node.post("id", headers={"Origin": "https://ops.example.evil"}).status_code == 403


def test_get_is_refused_and_unknown_commands_are_not_found(swarm):
    node = swarm.node()
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{node.runtime.api_url}/api/v0/id").status_code == 405
    assert node.post("shutdown").status_code == 404
    assert node.post("config/show").status_code == 404


def test_body_above_the_limit_is_refused_and_nothing_is_pinned(swarm):
    node = swarm.node("-max-add=100000")
    answer = node.post("add?cid-version=1", body=bytes(200_000))
    assert answer.status_code == 413
    assert "100000 bytes" in answer.json()["Message"]
    assert node.post("pin/ls").json()["Keys"] == {}


def test_call_that_runs_out_of_time_says_so(swarm):
    node = swarm.node()
    elsewhere = node.add(b"known nowhere", "cid-version=1&only-hash=true")
    answer = node.post(f"cat?arg={elsewhere}&timeout=300ms")
    assert answer.status_code == 500
    assert "out of time" in answer.json()["Message"]
    assert elsewhere in answer.json()["Message"]


@pytest.mark.parametrize("option", ["wrap-with-directory=true", "trickle=true", "hash=sha3-512", "chunker=rabin"])
def test_option_that_would_change_the_cid_is_refused_not_ignored(swarm, option):
    assert swarm.node().post(f"add?cid-version=1&{option}", body=b"x").status_code == 400
