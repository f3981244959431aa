"""How the build's process reaches channels: as conda's configuration files say.

Secrets are read here, when the build runs, and nowhere else: they are in no order, event, log or
lockfile. rattler gets them as headers and as URLs that it asks in place of the channels' own; what
it reports has the channels' own URLs. Proxies and certificates go through the variables that
rattler and uv both read.
"""

from __future__ import annotations

import base64
import contextlib
import json
import netrc
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from rattler.config import Config
from rattler.networking import (
    AddHeadersMiddleware,
    AuthenticationMiddleware,
    Client,
    GCSMiddleware,
    MirrorMiddleware,
    OciMiddleware,
    RetryMiddleware,
    S3Middleware,
)

from ..domain.channel_credentials import (
    Credential,
    credential_for,
    credentials_of,
    token_directory,
    token_urls,
)
from ..domain.conda_merge import merge
from ..domain.conda_settings import CondaSettings, ConfigurationFile

Warn = Callable[[str, str | None], None]

_HTTP = ("http://", "https://")
_TOKEN_IN_PATH = re.compile(r"/t/[^/]+")


class Access(Protocol):
    """What an order says of the channels that it is about; see `WorkOrder`."""

    @property
    def channels(self) -> tuple[str, ...]: ...

    @property
    def mirrors(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def conda_files(self) -> tuple[str, ...]: ...

    @property
    def directory(self) -> str: ...


@dataclass(frozen=True, repr=False)
class Connections:
    """Makes clients that may read the order's channels."""

    replaced: Mapping[str, list[str]]
    """URLs, with tokens, that are asked in place of those below a channel's; by channel."""
    credentials: tuple[Credential, ...]
    passwords: netrc.netrc | None
    verify: bool
    directory: Path
    """The attempt's own, for a file that must exist for a moment."""

    def client(self, *, timeout: int | None = None) -> Client:
        """Return a client that repeats nothing by itself; `timeout` is in seconds a request."""
        if not self.verify:
            return self._unverified_client(timeout)
        if not self.replaced and not self.credentials and self.passwords is None:
            return Client.default_client(max_retries=0, timeout=timeout)
        return Client(
            [
                RetryMiddleware(0),
                MirrorMiddleware({f"{url}/": urls for url, urls in self.replaced.items()}),
                # Before rattler's own: it leaves requests alone that have an Authorization.
                AddHeadersMiddleware(self._headers),
                AuthenticationMiddleware(),
                OciMiddleware(),
                GCSMiddleware(),
                S3Middleware(),
            ],
            timeout=timeout,
        )

    def address(self, url: str) -> tuple[str, dict[str, str]]:
        """Return what to ask for a URL below a channel without rattler, and with which headers."""
        for channel, urls in self.replaced.items():
            if url.startswith(f"{channel}/"):
                url = f"{urls[0]}{url[len(channel) :]}"
                break
        parts = urlsplit(url)
        return url, (self._headers(parts.hostname or "", parts.path) or {})

    def _headers(self, host: str, path: str) -> dict[str, str] | None:
        """Return what authenticates a request. The port is not known here, as in netrc."""
        path = _TOKEN_IN_PATH.sub("", path, count=1)
        for credential in self.credentials:
            scope = urlsplit(credential.scope)
            below = f"{path}/".startswith(f"{scope.path.rstrip('/')}/")
            if credential.user is not None and scope.hostname == host and below:
                return _basic(credential.user, credential.password)
        found = self.passwords.authenticators(host) if self.passwords is not None else None
        return _basic(found[0], found[2]) if found and found[2] else None

    def _unverified_client(self, timeout: int | None) -> Client:
        """Return a client for ``ssl_verify: false``, which rattler only makes from a `Config`.

        Such a client takes users and passwords by host from a file, which it reads at once.
        """
        stored: dict[str, object] = {}
        for credential in reversed(self.credentials):
            self._store(stored, urlsplit(credential.scope).hostname, credential.scope)
        for url, urls in self.replaced.items():
            self._store(stored, urlsplit(url).hostname, urls[0])
        lines = ["tls-no-verify = true"]
        with tempfile.TemporaryDirectory(dir=self.directory) as private:
            if stored:
                file = Path(private) / "credentials.json"
                file.touch(mode=0o600)
                file.write_text(json.dumps(stored), encoding="utf-8")
                lines.append(f"authentication-override-file = {json.dumps(str(file))}")
            lines.append("[mirrors]")
            lines += [f"{json.dumps(url)} = {json.dumps(to)}" for url, to in self.replaced.items()]
            return Client.from_config(
                Config.from_toml("\n".join(lines)), max_retries=0, timeout=timeout
            )

    def _store(self, stored: dict[str, object], host: str | None, url: str) -> None:
        plain = _TOKEN_IN_PATH.sub("", url, count=1)
        found = credential_for(plain, self.credentials, token=False)
        if host and found is not None:
            stored[host] = {"BasicHTTP": {"username": found.user, "password": found.password}}


def connect(
    order: Access, warn: Warn, variables: MutableMapping[str, str] = os.environ
) -> Connections:
    """Read what conda's files say of connections, and return what makes clients by it.

    Proxies and certificates are put into `variables`, where rattler finds them when a client is
    made, and the programs that the build starts. `warn` is told what cannot be used.
    """
    conda = merge(map(_read, order.conda_files), variables, os.pathsep)
    for problem in conda.problems:
        warn(f"conda's configuration: {problem}", None)
    _use_proxies(conda, warn, variables)
    _use_certificates(conda, warn, variables)
    credentials = credentials_of(conda, _stored_tokens(variables))
    return Connections(
        replaced=_replaced(order, credentials),
        credentials=credentials,
        passwords=_passwords(warn, variables),
        verify=conda.ssl_verify is not False,
        directory=Path(order.directory),
    )


def _replaced(order: Access, credentials: tuple[Credential, ...]) -> dict[str, list[str]]:
    replaced = {}
    for channel in order.channels:
        urls = []
        for url in order.mirrors.get(channel, (channel,)):
            found = credential_for(url, credentials, token=True)
            urls.append(url if found is None else found.with_token(url))
        if channel.startswith(_HTTP) and urls != [channel]:
            replaced[channel] = urls
    return replaced


# -- variables -------------------------------------------------------------------------------------


def _use_proxies(conda: CondaSettings, warn: Warn, variables: MutableMapping[str, str]) -> None:
    for scheme, proxy in conda.proxy_servers.items():
        if scheme not in ("http", "https", "all"):
            warn(
                f"The proxy for {scheme} in conda's configuration is not used.",
                "Builds know proxies for http, https and all only; hosts that need none are "
                "named by the variable NO_PROXY.",
            )
            continue
        name = f"{scheme}_proxy"
        variables.pop(name.upper(), None)
        variables[name] = proxy if "://" in proxy else f"http://{proxy}"


def _use_certificates(
    conda: CondaSettings, warn: Warn, variables: MutableMapping[str, str]
) -> None:
    trusted = conda.ssl_verify
    if trusted is True:
        # requests, which conda connects with, looks at these; rattler and uv do not.
        trusted = variables.get("REQUESTS_CA_BUNDLE") or variables.get("CURL_CA_BUNDLE") or True
        if variables.get("SSL_CERT_FILE") or variables.get("SSL_CERT_DIR"):
            return
    if not isinstance(trusted, str) or trusted == "truststore":
        return  # The system's certificates are used anyway.
    path = Path(trusted).expanduser()
    if not path.exists():
        warn(f"There are no certificates at {path}, where conda's configuration has them.", None)
        return
    variables.pop("SSL_CERT_DIR" if path.is_file() else "SSL_CERT_FILE", None)
    variables["SSL_CERT_DIR" if path.is_dir() else "SSL_CERT_FILE"] = str(path)


# -- files -----------------------------------------------------------------------------------------


def _read(path: str) -> ConfigurationFile:
    try:
        return ConfigurationFile(path, Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        return ConfigurationFile(path, problem=f"{path} cannot be read: {error}.")


def _passwords(warn: Warn, variables: Mapping[str, str]) -> netrc.netrc | None:
    """Return what the user's netrc says. rattler reads it too, but not with comments in it."""
    given = variables.get("NETRC")
    home = Path.home()
    places = [Path(given).expanduser()] if given else [home / ".netrc", home / "_netrc"]
    path = next((path for path in places if path.is_file()), None)
    try:
        return None if path is None else netrc.netrc(str(path))
    except netrc.NetrcParseError as error:
        # Its message quotes the file, and so perhaps a password.
        warn(f"{path} is not used: line {error.lineno} cannot be understood.", None)
    except (OSError, UnicodeDecodeError) as error:
        warn(f"{path} is not used: it cannot be read ({type(error).__name__}).", None)
    return None


def _stored_tokens(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the tokens that anaconda-client keeps, by URL."""
    directory = Path(token_directory(variables, str(Path.home()), sys.platform))
    tokens: dict[str, str] = {}
    # A directory that is not there, or that nobody may look into, has no tokens.
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for file in sorted(directory.glob("*.token")):
            token = file.read_text(encoding="utf-8").strip()
            tokens.update(dict.fromkeys(token_urls(file.name), token))
    return tokens


def _basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}
