"""The settings for Kubo give the CIDs that the code computes, and open nothing that our node keeps closed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain.documents.cid import CHUNK_SIZE, LINKS_PER_NODE


@pytest.fixture(scope="module")
def settings():
    root = Path(__file__).resolve().parents[3]
    return json.loads((root / "node-config" / "ipfs" / "kubo" / "settings.json").read_text())


def test_import_settings_are_those_of_the_computed_cid(settings):
    assert settings["Import.UnixFSChunker"] == f"size-{CHUNK_SIZE}"
    assert settings["Import.UnixFSFileMaxLinks"] == LINKS_PER_NODE
    assert settings["Import.UnixFSRawLeaves"] is True
    assert settings["Import.CidVersion"] == 1
    assert settings["Import.HashFunction"] == "sha2-256"


def test_nothing_reaches_out_of_the_private_swarm(settings):
    assert settings["Bootstrap"] == []
    assert settings["Routing.Type"] == "none"
    assert settings["Addresses.API"].startswith("/ip4/127.0.0.1/")
    for name in ("AutoConf", "AutoTLS", "Discovery.MDNS", "Swarm.RelayClient", "Swarm.RelayService"):
        assert settings[f"{name}.Enabled"] is False


def test_api_needs_a_bearer_token_and_allows_only_what_documents_use(settings):
    (granted,) = settings["API.Authorizations"].values()
    assert granted["AuthSecret"].startswith("bearer:")
    assert "/api/v0" not in granted["AllowedPaths"]
    assert "/api/v0/config" not in granted["AllowedPaths"]
