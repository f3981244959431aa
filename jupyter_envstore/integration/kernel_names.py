"""What the kernels of the store are called: their names for machines, and for people.

A name carries no build, so that a notebook that has saved it survives every rebuild; only that of
a kernel which one build has for itself ends in the build. JupyterLab selects kernels by display
name, so display names are unique.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Collection
from dataclasses import dataclass

MAX_NAME_BYTES = 100

_HASH_LENGTH = 8
_PLAIN = re.compile(r"[a-z0-9._]+")
_PLAIN_OR_DASH = re.compile(r"[a-z0-9._-]+")
_HASH = re.compile(rf"[0-9a-f]{{{_HASH_LENGTH}}}")
_OF_A_BUILD = re.compile(r"b[0-9]+")
_FORMAT_KEYS = frozenset(["environment", "namespace", "language", "kernel", "display_name"])


def kernel_name(
    namespace: str, environment: str, raw_name: str, build_id: int | None = None
) -> str:
    """Return the name of the kernel `raw_name` of an environment: ``envstore-<ns>-<env>-<raw>``.

    With `build_id`, that of the kernel which this build has for itself: ``-b<id>`` follows.

    It has at most `MAX_NAME_BYTES` bytes out of ``[a-z0-9._-]``, which is what jupyter_client
    accepts, lower-cased as jupyter_client does. Where that changes a part, where the parts could
    not be told apart again, or where it is too long, a hash of the parts ends it.
    """
    end = "" if build_id is None else f"-b{build_id}"
    name = f"envstore-{namespace}-{environment}-{raw_name}{end}"
    # With dashes in the middle part only, the parts can be read back, so no two names are equal.
    unambiguous = (
        _PLAIN.fullmatch(namespace) is not None
        and _PLAIN_OR_DASH.fullmatch(environment) is not None
        and _PLAIN.fullmatch(raw_name) is not None
        and _HASH.fullmatch(raw_name) is None
        and _OF_A_BUILD.fullmatch(raw_name) is None
    )
    if unambiguous and len(name) <= MAX_NAME_BYTES:
        return name
    parts = [namespace, environment, raw_name, *([end] if end else [])]
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(joined).hexdigest()[:_HASH_LENGTH]
    return f"{_slug(name).rstrip('-.')}-{digest}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower())[: MAX_NAME_BYTES - _HASH_LENGTH - 1]


def kernel_name_stems(namespace: str, environment: str) -> tuple[str, str]:
    """Return two texts; each kernel name of the environment begins with one of them, or both.

    So do names of other environments. The second one is for kernels whose own name ends in
    nothing but dashes and dots, which `kernel_name` takes off.
    """
    stem = _slug(f"envstore-{namespace}-{environment}-")
    return stem, f"{stem.rstrip('-.')}-"


@dataclass(frozen=True)
class KernelNaming:
    """How kernels are shown: ``env (ns)`` for Python, ``env · R (ns)`` for other languages.

    `own_namespace` is left out, as what a user sees every day should be short. `name_format`
    replaces the rule; it may use {environment}, {namespace}, {language}, {kernel} (its name
    within the build) and {display_name} (the one within the build).
    """

    own_namespace: str | None = None
    name_format: str | None = None

    def __post_init__(self) -> None:
        if self.name_format is not None:
            check_name_format(self.name_format)

    def display_name(
        self,
        namespace: str,
        environment: str,
        raw_name: str,
        language: str,
        raw_display_name: str,
        taken: Collection[str],
        build_id: int | None = None,
    ) -> str:
        """Return a display name that is not among the `taken` ones.

        With `build_id`, that of the kernel which this build has for itself. A second kernel of one
        language is told apart by what it calls itself. If nothing else helps, the kernel's own name
        is added, which is unique.
        """
        label = language_label(language)
        of_build = [] if build_id is None else [f"build {build_id}"]
        if self.name_format is not None:
            name = self.name_format.format(
                environment=environment,
                namespace=namespace,
                language=label,
                kernel=raw_name,
                display_name=raw_display_name,
            )
            candidates = [" · ".join([name, *of_build])]
        else:
            end = "" if namespace == self.own_namespace else f" ({namespace})"
            labels = ["" if language.lower() == "python" else label, raw_display_name, raw_name]
            candidates = [
                " · ".join([environment, *([label] if label else []), *of_build]) + end
                for label in labels
            ]
        name = kernel_name(namespace, environment, raw_name, build_id)
        unique = f"{candidates[0]} [{name}]"
        return next((name for name in candidates if name not in taken), unique)


def shared_name_format(template: str) -> str | None:
    """Return the template for kernels of shared stores: their namespace is always part of it.

    Two stores may have environments of one name; their labels are in their namespaces' names.
    """
    if not template:
        return None
    names = {key for _, key, _, _ in string.Formatter().parse(template)}
    return template if "namespace" in names else f"{template} ({{namespace}})"


def language_label(language: str) -> str:
    """Return the language as people write it: ``python`` is Python, ``R`` is R."""
    return language[:1].upper() + language[1:]


def check_name_format(template: str) -> None:
    """Raise ValueError, saying what is wrong, if `template` cannot name a kernel."""
    try:
        names = {key for _, key, _, _ in string.Formatter().parse(template) if key is not None}
        unknown = sorted(names - _FORMAT_KEYS)
        if not unknown:
            template.format(**dict.fromkeys(names, "x"))
    except ValueError as error:
        raise ValueError(f"kernel_name_format {template!r} cannot be read: {error}") from error
    if unknown:
        raise ValueError(
            f"kernel_name_format {template!r} uses the unknown key {{{unknown[0]}}}; "
            f"it may use {', '.join(f'{{{key}}}' for key in sorted(_FORMAT_KEYS))}"
        )
    if "environment" not in names:
        raise ValueError(
            f"kernel_name_format {template!r} does not use {{environment}}, "
            "so kernels could not be told apart"
        )
