"""Asking another system over HTTP, so that no address typed by a person leads into the machine's own network.

The name is looked up once; unless the machine's settings name the address, every answer must be a public one; the
connection goes to that very answer, so that a second look-up cannot change it. Redirects are not followed, the body is
read up to a limit, and one clock bounds the whole: a socket's own timeout bounds one read only.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

MOST_BYTES: Final = 20_000_000
MOST_TOLD: Final = 64_000
SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 5.0
_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")
Lookup = Callable[[str, int], list[str]]


class OutgoingError(Exception):
    """The other system could not be asked, or did not answer as it should. One sentence for people.

    `status`: the HTTP status where there was one. `code`: the error code of a JSON answer.
    """

    def __init__(self, sentence: str, status: int = 0, code: str = "") -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody may be sent to."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _GLOBAL_V6 or ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def origin_of(url: str) -> str:
    """`https://host:port` in one form, empty for what is no address of a server: userinfo, blanks, other schemes."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    if not url.isprintable() or any(one.isspace() for one in url) or "\\" in url:
        return ""
    host = parts.hostname.rstrip(".").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or (443 if parts.scheme == 'https' else 80)}"


def looked_up(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Server:
    """One server that is asked for JSON. `trusted`: the machine's settings name it, so it may stand inside the network.

    `token` is sent as a bearer. `look_up` is the machine's own, another in a test of what a name may lead to.
    """

    base_url: str
    trusted: bool = False
    token: str = field(default="", repr=False)
    look_up: Lookup = looked_up
    seconds: float = SECONDS

    def ask(self, path: str, *, query: str = "", body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST with a body: the JSON object it answers with. Raises OutgoingError for everything else."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = None if body is None else json.dumps(body).encode()
        host, status, content = self._call(f"{path}?{query}" if query else path, sent, headers, MOST_BYTES)
        if len(content) > MOST_BYTES:
            raise OutgoingError(f"{host} answered with more than {MOST_BYTES // 1_000_000} MB.")
        return _read(host, status, content)

    def tell(self, body: bytes, *, headers: Mapping[str, str]) -> int:
        """POST JSON to the address itself; the status, which is 2xx. What is answered is not read further. Raises OutgoingError."""
        host, status, _ = self._call("", body, headers, MOST_TOLD)
        if not 200 <= status < 300:
            raise OutgoingError(f"{host} answered with status {status}.", status)
        return status

    def _call(
        self, path: str, body: bytes | None, headers: Mapping[str, str], most: int
    ) -> tuple[str, int, bytes]:
        """One exchange within the time there is: host, status and what was answered."""
        parts = urlsplit(self.base_url)
        if not origin_of(self.base_url):
            raise OutgoingError("The address is no address of a server.")
        if parts.scheme == "http" and not self.trusted:
            raise OutgoingError("Only https is used to reach a server that the settings do not name.")
        own = f"{parts.path}?{parts.query}" if parts.query else parts.path
        target = f"{parts.path.rstrip('/')}{path}" if path else own or "/"
        connection = self._connect(parts)
        clock = threading.Timer(self.seconds, _cut, [connection])
        clock.daemon = True
        clock.start()
        late = f"{parts.hostname} did not answer in time."
        try:
            status, content = self._exchange(connection, target, body, headers, most)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError) or not clock.is_alive():
                raise OutgoingError(late) from error
            raise OutgoingError(f"{parts.hostname} broke off.") from error
        finally:
            over = not clock.is_alive()
            clock.cancel()
            connection.close()
        if over:  # what was read is what had come when time was up
            raise OutgoingError(late)
        return parts.hostname or "", status, content

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = self.look_up(host, port)
        except OSError as error:
            raise OutgoingError(f"{host} is not known: its name leads nowhere.") from error
        if not found:
            raise OutgoingError(f"{host} is not known: its name leads nowhere.")
        if not self.trusted and not all(is_public(one) for one in found):
            raise OutgoingError(f"{host} leads into a private network. The settings must name such a server.")
        try:
            raw = socket.create_connection((found[0], port), CONNECT_SECONDS)
        except OSError as error:
            raise OutgoingError(f"{host} does not take connections.") from error
        raw.settimeout(self.seconds)
        made = http.client.HTTPConnection(host, port)
        if parts.scheme == "https":
            try:
                made.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
            except (OSError, ValueError) as error:
                raw.close()
                raise OutgoingError(f"{host} could not prove who it is.") from error
        else:
            made.sock = raw
        return made

    @staticmethod
    def _exchange(
        connection: http.client.HTTPConnection, target: str, body: bytes | None, more: Mapping[str, str], most: int
    ) -> tuple[int, bytes]:  # fmt: skip
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Throughline", **more}  # fmt: skip
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request("GET" if body is None else "POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(most + 1)


def _read(host: str, status: int, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    code = str(found.get("error_code", "")) if isinstance(found, dict) else ""
    if status in {401, 403}:
        raise OutgoingError(f"{host} refused the token ({status}).", status, code)
    if status != 200:
        raise OutgoingError(
            f"{host} answered with status {status}{f', {code[:60]}' if code else ''}.", status, code
        )
    if not isinstance(found, dict):
        raise OutgoingError(f"{host} did not answer with JSON. Is this the address of its API?", status)
    return found


def _cut(connection: http.client.HTTPConnection) -> None:
    """Time is up: whatever waits for the socket stops waiting."""
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
