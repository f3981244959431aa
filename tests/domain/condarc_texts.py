"""Texts as people's ``.condarc`` files are: by hand, by conda, by editors and installers."""

from __future__ import annotations

from hypothesis import strategies as st

SETTINGS = (
    "channels:\n  - conda-forge\n  - nodefaults\n",
    "channels:\n- bioconda  #!top\n- conda-forge\n- defaults  #!bottom\n",
    "channels: [conda-forge, defaults]\n",
    "channel_priority: strict\n",
    "auto_activate_base: false  # set by the installer\n",
    "ssl_verify: /etc/ssl/corporate.pem #!final\n",
    "proxy_servers:\n    http: http://user:pass@proxy.example:8080\n    https: ${HTTPS_PROXY}\n",
    "custom_channels:\n  mine: https://example.org/t/tk-123\n\n  other: 'https://example.org'\n",
    "pkgs_dirs:\n  # local disk\n  - /scratch/pkgs\n",
    'env_prompt: "({name}) # not a comment "\n',
    "show_channel_urls: yes\n",
    "create_default_packages: []\n",
    "channel_settings:\n  - channel: https://example.org/*\n    auth: basic\n",
    "default_channels: &main\n  - https://a.example/main\nmigrated_channel_aliases: *main\n",
    "changeps1: false\n\n\n",
    "long_text: >-\n  folded over\n  two lines\n",
)
COMMENTS = ("# my settings\n", "\n", "#\n", "   \n", "# envs_dirs: [/not/this]\n", "---\n")
FOLDERS = ("/data/envs", "~/envs", "$HOME/envs", '"/with space/envs"', "'/quoted'", "C:\\envs")


def _key(setting: str) -> str:
    return setting.partition(":")[0]


def _block(alias: str, folders: list[str], indent: str, comment: str, marks: list[str]) -> str:
    lines = [f"{alias}:{comment}\n"]
    for folder, mark in zip(folders, marks, strict=True):
        lines.append(f"{indent}- {folder}{mark}\n")
    return "".join(lines)


def _flow(alias: str, folders: list[str], space: str, comment: str, wrapped: bool) -> str:
    between = ",\n  " if wrapped else f",{space}"
    return f"{alias}: [{space}{between.join(folders)}{space}]{comment}\n"


@st.composite
def envs_dirs_sections(draw: st.DrawFn) -> str:
    """One ``envs_dirs`` with at least one folder, in lines or in brackets."""
    alias = draw(st.sampled_from(["envs_dirs", "envs_path"]))
    folders = draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=4, unique=True))
    comment = draw(st.sampled_from(["", "  # where they are", " #!final"]))
    if draw(st.booleans()):
        flow = [folder for folder in folders if folder != "C:\\envs"] or ["/data/envs"]
        return _flow(alias, flow, draw(st.sampled_from(["", " "])), comment, draw(st.booleans()))
    marks = draw(
        st.lists(
            st.sampled_from(["", "  #!top", " #!bottom", "   # fast disk", "\n  # more below\n"]),
            min_size=len(folders),
            max_size=len(folders),
        )
    )
    indent = draw(st.sampled_from(["", "  ", "    "]))
    return _block(alias, folders, indent, comment, [mark.rstrip("\n") for mark in marks])


@st.composite
def condarcs(draw: st.DrawFn) -> str:
    """A whole file: valid YAML, with any line ends, with or without the last one, or a BOM."""
    parts = draw(st.lists(st.sampled_from(SETTINGS), max_size=5, unique_by=_key))
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), draw(envs_dirs_sections()))
    elif not parts and draw(st.booleans()):
        parts.append(draw(st.sampled_from(["{}\n", "{}  # empty\n", "envs_dirs: []\n"])))
    start = draw(st.sampled_from(["", *COMMENTS]))
    text = start + "".join(
        part + draw(st.sampled_from(["", "", "# then\n", "\n"])) for part in parts
    )
    if parts and draw(st.integers(0, 9)) == 0:
        text += "...\n"
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
    return draw(st.sampled_from(["", "", "\ufeff"])) + text
