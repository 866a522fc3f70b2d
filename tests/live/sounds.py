"""The policy's prompts, spoken by espeak-ng into the Asterisk of the tests: menus are heard."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.tools.prompts import build
from tests import ROOT
from tests.live import install


def lay_recordings(asterisk_root: Path) -> None:
    """Put placeholders of the sample policy's prompts where Asterisk looks for them.

    They are built once for each state of the manifest. In Asterisk's folder `en` is a link that
    holds within it only, and English digits come with Asterisk.
    """
    sounds = asterisk_root / "usr/share/asterisk/sounds"
    english = asterisk_root / (
        asterisk_root / "etc/alternatives/asterisk-prompt-en"
    ).readlink().relative_to("/")
    for folder, target in (
        ("he/ivr", sounds / "he/ivr"),
        ("he/digits", sounds / "he/digits"),
        ("en/ivr", english / "ivr"),
    ):
        shutil.copytree(_built() / folder, target, dirs_exist_ok=True)


def _built() -> Path:
    routes = ROOT / "routes"
    state = hashlib.sha256((routes / "prompts.yaml").read_bytes()).hexdigest()[:16]
    folder = install.live_dir() / f"recordings-{state}"
    if not folder.exists():
        policy = open_policy(routes)
        assert isinstance(policy, Policy), policy
        half = folder.with_suffix(".half")
        problems = build(policy, half).problems
        assert not problems, problems
        half.rename(folder)
    return folder
