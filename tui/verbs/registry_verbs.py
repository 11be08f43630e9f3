"""The commands pull, push, copy, tags, login and logout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import LayertuiError, UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.inspector.images.image_transfers import ImageTransfers, Transferred

_DOCKER_HUB = "docker.io"
_LONGEST_SECRET = 1 << 16  # characters; tokens of registries have thousands


def _insecure(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--insecure", is_flag=True, help="Allow plain HTTP; no credentials are sent over it.")(command)


def _transfers(context: CliContext, *, insecure: bool) -> ImageTransfers:
    return context.inspector.transfers(insecure=insecure, say=context.warn)


def _warn_of_moved(context: CliContext, done: Transferred) -> None:
    for name, was in done.moved:
        context.warn(
            tr(
                "{familiar} was image {short} until now, which keeps its other names, if any",
                familiar=name.familiar,
                short=was.short,
            )
        )


@verb("pull", "pull busybox", "pull docker://registry.example/shop:2.1", "pull --platform linux/arm64 busybox")
@click.option("--platform", metavar="P", help="Platform to pull: os[/arch[/variant]]; default: this machine's.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the reference.")
@_insecure
@click.argument("ref")
@pass_context
def pull_verb(context: CliContext, ref: str, platform: str | None, quiet: bool, insecure: bool) -> None:
    """Pull an image from a registry; what is here already is not fetched again."""
    done = _transfers(context, insecure=insecure).pull(ref, platform, context.progress())
    _warn_of_moved(context, done)
    if context.json:
        context.out.document({"id": done.id, "digest": done.digest, "reference": done.name, "new": done.is_new})
        return
    if not quiet:
        if done.digest is not None:
            context.out.line(f"Digest: {done.digest}")
        state = tr("Downloaded newer image") if done.is_new else tr("Image is up to date")
        context.out.line(f"Status: {state} for {safe(done.name)}")
    context.out.line(safe(done.name))


@verb("push", "push registry.example/shop:2.1", "push shop:2.1 registry.example/shop:2.1")
@click.option("-q", "--quiet", is_flag=True, help="Print only the digest.")
@_insecure
@click.argument("image")
@click.argument("ref", required=False)
@pass_context
def push_verb(context: CliContext, image: str, ref: str | None, quiet: bool, insecure: bool) -> None:
    """Push an image to a registry, under its own name or another one; layers that are there are not sent."""
    done = _transfers(context, insecure=insecure).push(image, ref, context.progress())
    if context.json:
        context.out.document({"digest": done.digest, "reference": done.name})
        return
    if not quiet:
        context.out.line(f"Pushed image: {safe(done.name)}")
    context.out.line(str(done.digest))


@verb(
    "copy",
    "copy docker-daemon:shop:2.1 docker://registry.example/shop:2.1",
    "copy --all docker://registry.example/shop:2.1 docker://backup.example/shop:2.1",
    "copy shop:2.1 oci:layout:2.1",
)
@click.option("-a", "--all", "every_platform", is_flag=True, help="Copy an index with all its platforms.")
@click.option("--platform", metavar="P", help="Platform to copy: os[/arch[/variant]]; default: this machine's.")
@_insecure
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DST")
@pass_context
def copy_verb(
    context: CliContext, source: str, destination: str, every_platform: bool, platform: str | None, insecure: bool
) -> None:
    """Copy an image between engines, registries and archives; image IDs are kept.

    SRC is spelled as for every verb. DST is a name in an engine (embedded:NAME, docker-daemon:NAME, podman:NAME), in a registry
    (docker://HOST/NAME[:TAG]), or a file or folder (docker-archive:FILE[:REF], oci-archive:FILE[:REF], oci:DIR[:REF]).
    """
    if every_platform and platform is not None:
        raise UsageError(tr("--all copies every platform, and --platform one; leave one of them out"))
    done = _transfers(context, insecure=insecure).copy(
        source, destination, every_platform=every_platform, platform=platform, progress=context.progress()
    )
    _warn_of_moved(context, done)
    if context.json:
        context.out.document({"id": done.id, "digest": done.digest, "destination": done.name})
    else:
        context.out.line(f"Copied image: {safe(done.name)}")


@verb("tags", "tags docker://registry.example/shop")
@_insecure
@click.argument("repository", metavar="docker://HOST/NAME")
@pass_context
def tags_verb(context: CliContext, repository: str, insecure: bool) -> None:
    """List the tags of a repository in a registry."""
    found = _transfers(context, insecure=insecure).tags(repository, context.progress())
    if context.json:
        context.out.document(found)
    else:
        context.out.lines(safe(tag) for tag in found)


@verb("login", "login -u ann --password-stdin registry.example < password.txt", "login registry.example")
@click.option("-u", "--username", metavar="USER", help="Asked for on the terminal if left out.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin; default: asked for on the terminal."
)
@_insecure
@click.argument("registry", required=False, default=_DOCKER_HUB, metavar="[HOST[:PORT]]")
@pass_context
def login_verb(context: CliContext, registry: str, username: str | None, password_stdin: bool, insecure: bool) -> None:
    """Log in to a registry, Docker Hub by default; the password is kept where docker or podman keep it."""
    host = _host(registry)
    user, secret = _asked_for(username, password_stdin=password_stdin)
    saved = _transfers(context, insecure=insecure).login(host, user, secret)
    if saved.is_encoded_only:
        context.warn(
            tr(
                "the password is kept unencrypted in {location}; a credential helper would encrypt it",
                location=saved.location,
            )
        )
    if context.json:
        context.done(registry=host, place=saved.location)
    else:
        context.out.line("Login Succeeded")


@verb("logout", "logout registry.example")
@click.argument("registry", required=False, default=_DOCKER_HUB, metavar="[HOST[:PORT]]")
@pass_context
def logout_verb(context: CliContext, registry: str) -> None:
    """Remove the credentials for a registry, Docker Hub by default."""
    host = _host(registry)
    places = _transfers(context, insecure=False).logout(host)
    if context.json:
        context.done(registry=host, places=places)
    elif places:
        context.out.line(f"Removing login credentials for {host}")
    else:
        context.out.line(f"Not logged in to {host}")


def _host(text: str) -> str:
    """The registry that a user names: a host, or an address of one as docker takes it. UsageError."""
    from layertui.core.oci.reference import Reference

    host = text.removeprefix("docker://").removeprefix("https://").removeprefix("http://").split("/", 1)[0]
    if host in (_DOCKER_HUB, f"index.{_DOCKER_HUB}", f"registry-1.{_DOCKER_HUB}"):
        return _DOCKER_HUB
    if "." not in host and ":" not in host and host != "localhost":
        raise UsageError(
            tr("{text!r} is not the host of a registry; write HOST[:PORT], such as registry.example:5000", text=text)
        )
    return Reference.parse(f"{host}/x").registry


def _asked_for(username: str | None, *, password_stdin: bool) -> tuple[str, str]:
    """User and password. A password is never an argument: every user of the machine could read it."""
    if password_stdin:
        if not username:
            raise UsageError(tr("--password-stdin needs the user's name too: -u USER"))
        if sys.stdin is None:
            raise LayertuiError(tr("stdin is closed; pipe the password in"))
        given = sys.stdin.buffer.read(_LONGEST_SECRET + 1).removesuffix(b"\n").removesuffix(b"\r")
        try:
            secret = given.decode()
        except UnicodeDecodeError:
            raise UsageError(tr("the password on stdin is not UTF-8")) from None
    else:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(tr("stdin is not a terminal; give -u USER --password-stdin, and the password on stdin"))
        username = username or click.prompt("Username", err=True)
        secret = click.prompt("Password", hide_input=True, err=True, default="", show_default=False)
    if not secret or len(secret) > _LONGEST_SECRET or "\n" in secret or ":" in (username or ""):
        raise UsageError(tr("the password is empty or has several lines, or the user's name has a colon"))
    return username or "", secret
