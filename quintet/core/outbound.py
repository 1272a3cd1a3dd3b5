"""Calls to addresses that people give us: which may be called at all, and calls that reach the checked address alone.

A name is resolved once, every address it has is checked, and the connection goes to one of those: a name that resolves
to something else a moment later leads nowhere. Redirects are not followed and no proxy of the environment is used.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

# Where clouds tell a machine its own secrets, as far as that is not link-local.
_METADATA = frozenset(ip_address(said) for said in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"))
_TOO_LATE = "the other side did not answer in time"
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class AddressRefused(ValueError):
    """That address is not called. Its text is fit for people and names no address."""


class CannotResolve(OSError):
    """Nobody knows an address of that name."""


def refuse_address(address: Address, *, private: bool) -> None:
    """Raises AddressRefused for what is never called: link-local, metadata, multicast, unspecified, reserved.

    private   whether this machine and private networks may be called
    """
    for meant in _meant_by(address):
        is_this_machine = meant.is_loopback
        if meant in _METADATA or meant.is_link_local or meant.is_multicast or meant.is_unspecified:
            raise AddressRefused("link-local, metadata, multicast and unspecified addresses are not called")
        if not is_this_machine and (meant.is_reserved or (meant.version == 4 and int(meant) >> 24 == 0)):
            raise AddressRefused("reserved addresses are not called")
        if not private and not meant.is_global:
            raise AddressRefused("addresses of this machine and of private networks are not called")


def _meant_by(address: Address) -> Sequence[Address]:
    """An IPv6 address may be another way to write an IPv4 one, or a way to reach it."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if any(address in network for network in _NAT64):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    inner: list[Address] = [address.sixtofour] if address.sixtofour is not None else []
    return [*inner, *(address.teredo or ()), address]


def checked_addresses(host: str, port: int, *, private: bool) -> list[str]:
    """Every address of the name, each checked. Raises CannotResolve, AddressRefused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as unknown:
        raise CannotResolve("the name has no address") from unknown
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    for said in addresses:
        # A zone (fe80::1%eth0) is a matter of the link-local addresses alone.
        refuse_address(ip_address(said.partition("%")[0]), private=private)
    return addresses


class _Patience:
    """Ends a connection on which the head of an answer is not there after so many seconds: whoever says a byte now and
    then would else be waited for for ever."""

    def __init__(self, seconds: float) -> None:
        self._until, self.is_over = time.monotonic() + seconds, False
        self._timer: threading.Timer | None = None
        self._twin: socket.socket | None = None

    @property
    def left(self) -> float:
        """Seconds. Raises TimeoutError when there are none."""
        if (left := self._until - time.monotonic()) <= 0:
            raise TimeoutError(_TOO_LATE)
        return left

    def watch(self, connected: socket.socket) -> None:
        """From now on this connection; what is encrypted goes on under another name."""
        self._twin = connected.dup()
        self._timer = threading.Timer(self.left, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self.is_over = True
        if self._twin is not None:
            with contextlib.suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def lift(self) -> None:
        """The head is there, or nothing more is to come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._twin is not None:
            self._twin.close()


def _connected(connection: http.client.HTTPConnection, addresses: Sequence[str], patience: _Patience) -> socket.socket:
    failure: OSError | None = None
    for address in addresses:
        try:
            connected = socket.create_connection((address, connection.port), patience.left)
            connected.settimeout(connection.timeout)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            patience.watch(connected)
            return connected
        except OSError as refused:
            failure = refused
    raise failure or CannotResolve("the name has no address")


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, *, addresses: Sequence[str], patience: _Patience, **more: Any) -> None:
        super().__init__(host, **more)
        self._addresses, self._patience = addresses, patience

    def connect(self) -> None:
        self.sock = _connected(self, self._addresses, self._patience)


class _Encrypted(http.client.HTTPSConnection):
    def __init__(
        self, host: str, *, addresses: Sequence[str], patience: _Patience, context: ssl.SSLContext, **more: Any
    ) -> None:
        super().__init__(host, context=context, **more)
        self._addresses, self._patience, self._tls = addresses, patience, context

    def connect(self) -> None:
        connected = _connected(self, self._addresses, self._patience)
        self.sock = self._tls.wrap_socket(connected, server_hostname=self.host)


class _Pinned(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    def __init__(self, addresses: Sequence[str], seconds: float, context: ssl.SSLContext) -> None:
        super().__init__()
        self._addresses, self._seconds, self._tls = addresses, seconds, context

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self._answer(_Plain, request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self._answer(partial(_Encrypted, context=self._tls), request)

    def _answer(
        self, made: Callable[..., http.client.HTTPConnection], request: urllib.request.Request
    ) -> http.client.HTTPResponse:
        patience = _Patience(self._seconds)
        try:
            answer = self.do_open(partial(made, addresses=self._addresses, patience=patience), request)
        except (OSError, http.client.HTTPException) as failure:
            if patience.is_over:
                raise TimeoutError(_TOO_LATE) from failure
            raise
        finally:
            patience.lift()
        # A head that breaks off is taken for a whole one.
        if patience.is_over:
            answer.close()
            raise TimeoutError(_TOO_LATE)
        return answer


def open_url(
    address: str,
    *,
    private: bool,
    timeout_seconds: float,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    credentials: tuple[str, str] | None = None,
    verify: bool = True,
) -> http.client.HTTPResponse:
    """GET, or POST when there is a body. The answer is open: the caller reads and closes it.

    address       http or https, without user info
    private       whether this machine and private networks may be called
    timeout_seconds   until the head of the answer is there, and for each piece of its body
    credentials   name and password for Basic or Digest, whichever is asked for
    verify        whether the other side's certificate is checked

    Raises AddressRefused; OSError for all that goes wrong on the way, urllib.error.HTTPError (one of them) for every
    status but 2xx, redirects included.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused("only http and https are called")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = checked_addresses(parts.hostname, port, private=private)
    tls = ssl.create_default_context()
    if not verify:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.OpenerDirector()
    opener.add_handler(_Pinned(addresses, timeout_seconds, tls))
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    if credentials:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, address, *credentials)
        opener.add_handler(urllib.request.HTTPBasicAuthHandler(passwords))
        opener.add_handler(urllib.request.HTTPDigestAuthHandler(passwords))
    request = urllib.request.Request(address, data=body, headers=dict(headers or {}))  # noqa: S310  checked above
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=timeout_seconds)
    except (http.client.HTTPException, ValueError) as garbled:
        raise ConnectionError("the other side speaks no HTTP") from garbled
    return answer
