"""A run that must miss nothing fails where something is missing; others say what and go on."""

from __future__ import annotations

import pytest

from tests import conftest

pytest_plugins = ["pytester"]

SKIPS = """
import pytest
def test_peer(): pytest.skip("the Asterisk tree is missing: run setup.sh")
@pytest.mark.skipif(True, reason="gcc is missing: no plugin can be built")
def test_compiler(): pass
def test_kernel(): pytest.skip("this kernel has no IPv6")
"""


@pytest.mark.parametrize(("strict", "failed", "skipped"), [(True, 1, 1), (False, 0, 3)])
def test_what_is_missing_fails_only_where_all_is_installed(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    strict: bool,
    failed: int,
    skipped: int,
) -> None:
    monkeypatch.delenv(conftest.ALL_INSTALLED, raising=False)
    if strict:
        monkeypatch.setenv(conftest.ALL_INSTALLED, "1")
    pytester.makepyfile(SKIPS)
    pytester.runpytest_inprocess("-p", conftest.__name__).assert_outcomes(
        failed=failed, errors=failed, skipped=skipped
    )
