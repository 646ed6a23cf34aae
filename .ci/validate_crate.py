"""Validate ro-crate-metadata.json with rocrate-validator, but without the network that it wants for one address.

The JSON-LD context at that address is put into the validator's cache from the copy that the library rocrate carries.
"""

import io
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import requests
from requests.adapters import BaseAdapter
from requests_cache import CachedSession
from rocrate.model.metadata import DEFAULT_VERSION
from rocrate_validator.cli.main import cli
from urllib3.response import HTTPResponse

CONTEXT = f"https://w3id.org/ro/crate/{DEFAULT_VERSION}/context"


class Carried(BaseAdapter):
    """Answers every request with the context that the library carries."""

    def send(self, request, **options):
        """Called by requests."""
        body = io.BytesIO((files("rocrate") / "data" / "ro-crate.jsonld").read_bytes())
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer.headers["Content-Type"] = "application/ld+json"
        answer.raw = HTTPResponse(body=body, headers=answer.headers, status=200, preload_content=False)
        return answer

    def close(self):
        """Called by requests."""


with tempfile.TemporaryDirectory() as folder:
    cache = Path(folder) / "cache"
    with CachedSession(str(cache), expire_after=-1) as session:
        session.mount("https://", Carried())
        session.get(CONTEXT)
    sys.argv[1:] = ["--no-interactive", "validate", "--offline", "--cache-path", str(cache), "."]
    cli()
