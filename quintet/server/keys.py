"""The server's one secret: made on first use, kept in the data folder, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """The secret in `data`/keys; QUINTET_SECRET_KEY in the environment goes before it."""
    given = os.environ.get("QUINTET_SECRET_KEY")
    if given:
        return given
    path = data / "keys" / "secret"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two processes may start at once: the link decides which secret counts.
    own = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
    own.touch(mode=0o600, exist_ok=False)
    own.write_text(secrets.token_urlsafe(64), encoding="ascii")
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    return path.read_text(encoding="ascii")
