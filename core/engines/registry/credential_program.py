"""Runs a credential helper, a program `docker-credential-NAME` that keeps the credentials for registries (docker-credential-helpers).

What it is given and what it answers may be secret: neither is in an argument, which every user of the machine could read, nor in
an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.engines.registry.connection.transport_errors import plain
from layertui.core.errors import LayertuiError, NotFound, Unreachable, storage_error
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from subprocess import CompletedProcess


def ask_helper(name: str, action: str, given: bytes, patience: int, secret: str = "") -> bytes:
    """Run `docker-credential-NAME ACTION` with `given` as its input, for at most `patience` seconds; what it answers.

    Raises NotFound where it has no credentials for what it was asked for, Unreachable where it does not answer in time, and
    LayertuiError where it cannot be run or fails; each in a line that names the program. `secret` is left out of that line.
    """
    import shutil  # late: most registries need no helper
    import subprocess

    program = f"docker-credential-{name}"
    # Looked up first: of one that is missing, a folder of PATH that may not be read makes a PermissionError.
    if (found := shutil.which(program)) is None:
        raise LayertuiError(
            tr("the credential helper {program} is not on PATH; install it, or correct config.json", program=program)
        )
    try:
        done = subprocess.run([found, action], input=given, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise Unreachable(
            tr(
                "the credential helper {program} did not answer in {patience} seconds",
                program=program,
                patience=patience,
            )
        ) from None
    except OSError as error:
        raise storage_error(error, program) from error
    if done.returncode:
        words = _words(done, secret)
        # By the protocol, "credentials not found in native keychain"; some have words of their own for what they cannot erase.
        if "credentials not found" in words or (action == "erase" and "not found" in words):
            raise NotFound(f"{program} {action}: {words}")
        raise LayertuiError(
            tr(
                "the credential helper {program} fails: {words}",
                program=program,
                words=words or tr("exit code {returncode}", returncode=done.returncode),
            )
        )
    return done.stdout


def _words(done: CompletedProcess[bytes], secret: str) -> str:
    """What a helper says of its failure: by the protocol on stdout, but some say it on stderr."""
    said = done.stdout.strip() or done.stderr.strip()
    # It fails while it answers: that may be what it was asked for.
    if said.startswith((b"{", b"[")):
        return ""
    text = said.decode(errors="replace")
    return plain(text.replace(secret, "***") if secret else text)
