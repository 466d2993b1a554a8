"""Signing what is sent to another system, so that it can tell who sent it (Standard Webhooks, standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


def read_secret(text: str) -> bytes:
    """The key of `whsec_` and base64. Raises ValueError with what is wrong, and never the secret."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret is whsec_ and base64") from None
    if not text.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"a secret is whsec_ and {SHORTEST} to {LONGEST} bytes in base64")
    return key


def signed(*, secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers of a message. `at`: seconds since 1970. The signature is of `id.timestamp.body`."""
    said = f"{message_id}.{at}.".encode() + body
    mark = base64.b64encode(hmac.new(read_secret(secret), said, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{mark}"}
