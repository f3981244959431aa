"""Which credentials belong to which URL, by what conda's configuration says.

conda writes them into URLs: ``https://user:password@host/channel`` and ``https://host/t/<token>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from .conda_settings import CondaSettings

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)(?:(?P<user>[^\s/]*)@)?(?P<host>[^\s/@]*)(?P<path>\S*)"
)
_TOKEN = re.compile(r"/t/([^/]+)")


@dataclass(frozen=True, repr=False)
class Credential:
    """A secret, and the URLs it is for. It has no representation, so that no log can have one."""

    scope: str
    """The URL, without secrets and without a slash at the end, that it is for, with all below."""
    place: str
    """The part of the scope that a token is put behind."""
    token: str | None = None
    user: str | None = None
    password: str = ""

    def covers(self, url: str) -> bool:
        return url == self.scope or url.startswith(f"{self.scope}/")

    def with_token(self, url: str) -> str:
        """Return a URL that it covers with the token in it, if it has one."""
        return url if self.token is None else f"{self.place}/t/{self.token}{url[len(self.place) :]}"


def credentials_of(conda: CondaSettings, tokens: Mapping[str, str]) -> tuple[Credential, ...]:
    """Return every credential of conda's configuration, the most particular ones first.

    `tokens` are those that ``anaconda login`` has stored, by URL.
    """
    found = [found for url in _urls(conda) if (found := _in(url)) is not None]
    if conda.add_anaconda_token:
        found += [
            Credential(url.rstrip("/"), url.rstrip("/"), token=token)
            for url, token in tokens.items()
        ]
    return tuple(sorted(found, key=lambda credential: -len(credential.scope)))


def credential_for(
    url: str, credentials: Iterable[Credential], *, token: bool
) -> Credential | None:
    """Return the first that covers the URL and has a token, or else a user."""
    for credential in credentials:
        secret = credential.token if token else credential.user
        if secret is not None and credential.covers(url):
            return credential
    return None


def _urls(conda: CondaSettings) -> Iterator[str]:
    for name, url in conda.custom_channels.items():
        yield f"{url.rstrip('/')}/{name.strip('/')}"
    for urls in (*conda.custom_multichannels.values(), *conda.mirrored_channels.values()):
        yield from urls
    yield from conda.default_channels
    yield from conda.channels
    if conda.channel_alias:
        yield conda.channel_alias


def _in(url: str) -> Credential | None:
    match = _URL.fullmatch(url)
    if match is None:
        return None
    path, user = match["path"], match["user"]
    token = _TOKEN.search(path)
    if token is None and user is None:
        return None
    before, behind = (path[: token.start()], path[token.end() :]) if token else ("", path)
    place = f"{match['scheme']}{match['host']}{before}"
    name, _, password = (user or "").partition(":")
    return Credential(
        scope=f"{place}{behind}".rstrip("/"),
        place=place,
        token=token[1] if token else None,
        user=unquote(name) if name else None,
        password=unquote(password),
    )


def token_directory(variables: Mapping[str, str], home: str, platform: str) -> str:
    """Return where anaconda-client keeps its tokens, on a `platform` as ``sys.platform`` has it."""
    if given := variables.get("BINSTAR_CONFIG_DIR"):
        return f"{given}/data"
    if platform == "win32":
        return f"{variables.get('LOCALAPPDATA', home)}/ContinuumIO/binstar"
    if platform == "darwin":
        return f"{home}/Library/Application Support/binstar"
    return f"{variables.get('XDG_CONFIG_HOME') or f'{home}/.config'}/binstar"


def token_urls(file_name: str) -> tuple[str, str]:
    """Return the URLs that the token in a file of that directory is for: an API and channels."""
    url = unquote_plus(file_name.removesuffix(".token"))
    return url, re.sub(r"([./])api([./]|$)", r"\1conda\2", url, count=1)
