"""The clients: every operation of the API as a method, sent with patience.

A request that got no answer, or one that says "not now", is repeated with the same idempotency key until it is answered
or patience ends. A refusal is raised as `Problem`, silence as `GatewayGone`.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from loan_ledger_client.async_operations import AsyncOperations
from loan_ledger_client.credentials import Credentials, Token
from loan_ledger_client.operations import Operations
from loan_ledger_client.problems import GatewayGone, problem_of
from loan_ledger_client.wire import Call, Patience, passing

T = TypeVar("T")
_TIMEOUT = 30.0


class LedgerClient(Operations):
    """One gateway, synchronously. May be used by several threads.

    credentials: a token, `Token` or `ClientCredentials`. language: of `Problem.detail`, "en" or "zh". patience: how
    many seconds a request is repeated. http: an own httpx client, such as one with a client certificate.
    """

    def __init__(
        self,
        url: str,
        credentials: str | Credentials,
        *,
        language: str = "en",
        patience: float = 60.0,
        timeout: float = _TIMEOUT,
        http: httpx.Client | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._credentials = _credentials(credentials)
        self._language = language
        self._patience = Patience(patience)
        self._timeout = timeout
        self._http = http or httpx.Client(trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Sends a call and reads its answer. Raises Problem or GatewayGone."""
        again = True
        while True:
            header = self._authorisation()
            response = self._patiently(call, header)
            if response.status_code == 401 and again and self._credentials.refused(header):
                again = False
                continue
            if not response.is_success:
                raise problem_of(response, str(call))
            return call.read(response)

    def _authorisation(self) -> str:
        needed = self._credentials.request()
        if needed is not None:
            response = self._patiently(needed, None)
            if not response.is_success:
                raise problem_of(response, str(needed))
            self._credentials.take(needed.read(response))
        return self._credentials.header()

    def _patiently(self, call: Call[Any], authorisation: str | None) -> httpx.Response:
        began, tries = time.monotonic(), 0
        while True:
            response, lost = None, None
            try:
                response = self._http.request(**_request(self.url, call, authorisation, self._language, self._timeout))
            except httpx.TransportError as error:
                lost = error
            if response is not None and not passing(call, response):
                return response
            pause = self._patience.pause(tries, time.monotonic() - began, response)
            if pause is None or (lost is not None and not _may_repeat(call, lost)):
                if response is not None:
                    return response
                raise GatewayGone(str(call), time.monotonic() - began, call.key) from lost
            tries += 1
            time.sleep(pause)


class AsyncLedgerClient(AsyncOperations):
    """The same, asynchronously."""

    def __init__(
        self,
        url: str,
        credentials: str | Credentials,
        *,
        language: str = "en",
        patience: float = 60.0,
        timeout: float = _TIMEOUT,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._credentials = _credentials(credentials)
        self._language = language
        self._patience = Patience(patience)
        self._timeout = timeout
        self._http = http or httpx.AsyncClient(trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Sends a call and reads its answer. Raises Problem or GatewayGone."""
        again = True
        while True:
            header = await self._authorisation()
            response = await self._patiently(call, header)
            if response.status_code == 401 and again and self._credentials.refused(header):
                again = False
                continue
            if not response.is_success:
                raise problem_of(response, str(call))
            return call.read(response)

    async def _authorisation(self) -> str:
        needed = self._credentials.request()
        if needed is not None:
            response = await self._patiently(needed, None)
            if not response.is_success:
                raise problem_of(response, str(needed))
            self._credentials.take(needed.read(response))
        return self._credentials.header()

    async def _patiently(self, call: Call[Any], authorisation: str | None) -> httpx.Response:
        began, tries = time.monotonic(), 0
        while True:
            response, lost = None, None
            try:
                request = _request(self.url, call, authorisation, self._language, self._timeout)
                response = await self._http.request(**request)
            except httpx.TransportError as error:
                lost = error
            if response is not None and not passing(call, response):
                return response
            pause = self._patience.pause(tries, time.monotonic() - began, response)
            if pause is None or (lost is not None and not _may_repeat(call, lost)):
                if response is not None:
                    return response
                raise GatewayGone(str(call), time.monotonic() - began, call.key) from lost
            tries += 1
            await asyncio.sleep(pause)


def _credentials(given: str | Credentials) -> Credentials:
    return Token(given) if isinstance(given, str) else given


def _may_repeat(call: Call[Any], lost: httpx.TransportError) -> bool:
    """What never left may always be sent again; what may have arrived, only if that does no harm."""
    return call.repeatable or isinstance(lost, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _request(url: str, call: Call[Any], authorisation: str | None, language: str, timeout: float) -> dict[str, Any]:
    headers = {"Accept-Language": language, **call.headers}
    if authorisation is not None:
        headers["Authorization"] = authorisation
    if call.content is not None:
        headers["Content-Type"] = call.media_type
    return {
        "method": call.method,
        "url": url + call.path,
        "params": dict(call.params),
        "headers": headers,
        "content": call.content,
        "data": None if call.data is None else dict(call.data),
        "files": None if call.files is None else {name: tuple(upload) for name, upload in call.files.items()},
        "timeout": httpx.Timeout(timeout, read=timeout + call.wait),
    }
