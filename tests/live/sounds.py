"""The policy's prompts, spoken by espeak-ng into the Asterisk of the tests: menus are heard."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.tools.prompts import build
from tests import ROOT
from tests.live import install


def lay_recordings(
    asterisk_root: Path, routes: Path = ROOT / "routes", but: Collection[str] = ()
) -> None:
    """Put placeholders of a policy's prompts, the sample's, where Asterisk looks for them.

    `but` names recordings that are to be missing.
    They are built once for each state of the manifest. In Asterisk's folder `en` is a link that
    holds within it only, and English digits come with Asterisk. Other runs may play what is there,
    or do the same: a file appears whole, or not at all.
    """
    sounds, built = asterisk_root / "usr/share/asterisk/sounds", _built(routes)
    link = asterisk_root / "etc/alternatives/asterisk-prompt-en"
    english = asterisk_root / link.readlink().relative_to("/")
    for source in built.rglob("*.wav"):
        if source.stem in but:
            continue
        name = source.relative_to(built)
        _lay(source, english / name.relative_to("en") if name.parts[0] == "en" else sounds / name)


def _lay(source: Path, target: Path) -> None:
    if target.exists() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(f".{os.getpid()}")
    shutil.copy(source, half)
    half.replace(target)


def _built(routes: Path) -> Path:
    manifest = routes / "prompts.yaml" if routes.is_dir() else routes
    state = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    folder = install.live_dir() / f"recordings-{state}"
    if not folder.exists():
        policy = open_policy(routes)
        assert isinstance(policy, Policy), policy
        half = folder.with_suffix(f".{os.getpid()}")
        problems = build(policy, half).problems
        assert not problems, problems
        try:
            half.rename(folder)
        except OSError:  # another run was first
            shutil.rmtree(half)
    return folder
