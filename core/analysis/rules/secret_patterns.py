"""What secrets are known by: names of files that hold them, and texts that nothing else looks like."""

from __future__ import annotations

from typing import NamedTuple

from layertui.core.language.texts import tr


class SecretName(NamedTuple):
    """Files that are secrets by their name alone, or if a line in them matches."""

    kind: str
    globs: tuple[str, ...]
    """Of names; with a slash, of the last parts of paths."""
    line: str | None = None
    """A regular expression; None if the name is enough."""


class SecretText(NamedTuple):
    """A text that is a secret in whatever file it is."""

    kind: str
    regex: str


SECRET_NAMES = (
    SecretName(
        tr("private key of SSH"), ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk")
    ),
    SecretName(tr("keys and certificates with a password"), ("*.p12", "*.pfx", "*.jks", "*.keystore")),
    SecretName(tr("password database"), ("*.kdbx",)),
    SecretName(tr("private key of PuTTY"), ("*.ppk",)),
    SecretName(tr("environment file"), (".env", ".env.local", ".env.production", ".env.staging")),
    SecretName(tr("password of a netrc file"), (".netrc", "_netrc"), r"\bpassword\s+[^\s]"),
    SecretName(tr("token of npm"), (".npmrc",), r"(?:_authToken|_auth|_password)\s*=\s*[\"']?[^\s\"'$]"),
    SecretName(tr("password of PyPI"), (".pypirc",), r"^\s*password\s*[=:]\s*[^\s]"),
    SecretName(tr("password of git"), (".git-credentials",), r"://[^/\s:@]*:[^/\s:@]+@"),
    SecretName(tr("password of PostgreSQL"), (".pgpass",), r"^[^#\s][^:]*:[^:]*:[^:]*:[^:]*:."),
    SecretName(
        tr("login of a registry"),
        (".docker/config.json", ".dockercfg", "containers/auth.json"),
        r"\"(?:auth|identitytoken|registrytoken|password)\"\s*:\s*\"[^\"]",
    ),
    SecretName(tr("credentials of AWS"), (".aws/credentials",), r"(?i)aws_secret_access_key\s*=\s*[^\s]"),
    SecretName(tr("login of Kubernetes"), (".kube/config",), r"(?:client-key-data|token|password)\s*:\s*[^\s]"),
)

PRIVATE_KEY = tr("private key")
"""The kind of the first pattern below; a line of base64 has to follow, since programs that read keys have the first line too."""

SECRET_TEXTS = (
    SecretText(PRIVATE_KEY, r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    SecretText(tr("access key of AWS"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    SecretText(tr("secret key of AWS"), r"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}\b"),
    SecretText(tr("API key of Google"), r"\bAIza[0-9A-Za-z_-]{35}\b"),
    SecretText(tr("token of GitHub"), r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59})\b"),
    SecretText(tr("token of GitLab"), r"\bglpat-[0-9A-Za-z_-]{20}\b"),
    SecretText(tr("token of Slack"), r"\bxox[abeoprs]-[0-9]{8,}-[0-9A-Za-z-]{10,}"),
    SecretText(tr("webhook of Slack"), r"hooks\.slack\.com/services/T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{16,}"),
    SecretText(tr("token of npm"), r"\bnpm_[0-9A-Za-z]{36}\b"),
    SecretText(tr("token of PyPI"), r"\bpypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,}"),
    SecretText(tr("key of Stripe"), r"\b[rs]k_live_[0-9A-Za-z]{24,}\b"),
)

PLACEHOLDERS = r"EXAMPLE|example|x{12}|X{12}|0{12}"
"""What the examples in documentations have in place of a secret."""
