"""The verifier that is one page: opened from the disk in a real browser it says what the one-file verifier says."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests import archive_bundles
from tests.portal.test_in_the_browser import RULES, told
from tests.portal.test_verifier import load, mutations
from tests.proof_vectors import VECTORS
from tests.proofs import SmallLog, policy_text, roots_text, signed_policy

pytestmark = [pytest.mark.browser, pytest.mark.clause("R9", "S1")]
PAGE = VECTORS.with_name("verify.html")
CHECK = "async given => (await check(given))"
CHECK_LOG = """async given => {
  const read = async (path) => {
    if (!(path in given.log)) throw new Error("missing");
    return Uint8Array.from(atob(given.log[path]), (letter) => letter.charCodeAt(0));
  };
  return await check({ policy: given.policy, read, names: Object.keys(given.log) });
}"""
AGREE = "async given => { const out = []; for (const one of given.texts) out.push((await check({policy: given.policy, evidence: one})).code); return out; }"


@pytest.fixture
async def page(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    saved = tmp_path / "verify.html"
    saved.write_bytes(PAGE.read_bytes())
    context = await browser.new_context(offline=True)
    opened = await context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    await opened.goto(saved.as_uri())
    yield opened
    await context.close()
    assert problems == []


async def test_it_gives_the_verdicts_of_the_vectors_in_the_same_words(page: Page) -> None:
    given = json.loads(VECTORS.read_text(encoding="utf-8"))
    verifier = load()
    policy = verifier.policy_of(given["policy"])
    for one in given["evidence"]:
        found = await page.evaluate(CHECK, {"evidence": one["text"], "policy": given["policy"]})
        assert (found["code"], one["name"]) == (one["code"], one["name"]), found
        try:
            lines = verifier.checked(verifier.tidy(one["text"].encode()), policy)[1]
        except verifier.Refused as refused:
            lines = [refused.chinese]
        assert found["lines"][0] == lines[0]
    whole = await page.evaluate(CHECK_LOG, {"log": given["log"], "policy": given["policy"]})
    assert whole["code"] == 0
    entries = bytearray(base64.b64decode(given["log"]["tile/entries/000"]))
    entries[500] ^= 1
    broken = {**given["log"], "tile/entries/000": base64.b64encode(entries).decode()}
    assert (await page.evaluate(CHECK_LOG, {"log": broken, "policy": given["policy"]}))["code"] == 1


async def test_the_two_verifiers_agree_on_altered_evidence(page: Page) -> None:
    texts = [text for _, text in mutations(250, seed=77) if not any("\ud800" <= letter <= "\udfff" for letter in text)]
    found = await page.evaluate(AGREE, {"texts": texts, "policy": policy_text()})
    verifier = load()
    policy = verifier.policy_of(policy_text())
    for text, code in zip(texts, found, strict=True):
        try:
            expected = verifier.checked(verifier.tidy(text.encode()), policy)[0]
        except verifier.Refused as refused:
            expected = refused.code
        assert code == expected, text


async def test_the_two_verifiers_say_the_same_of_bundles_of_the_archive(page: Page, tmp_path: Path) -> None:
    """Of an act that was cut off the bundle alone tells nothing; with the proof of its making it does."""
    verifier = load()
    for name, files, code, words in archive_bundles.held():
        folder = tmp_path / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        try:
            expected = verifier.archive(folder, verifier.policy_of(policy_text()))
        except verifier.Refused as refused:
            expected = (refused.code, [refused.chinese, refused.english])
        except verifier.EVIDENCE_ERRORS:
            expected = (1, ["内容已损坏。", "The content is broken."])
        assert (expected[0], name) == (code, name)
        assert words in " ".join(expected[1]), (name, expected)
        found = await page.evaluate(CHECK_LOG, {"log": archive_bundles.packed(files), "policy": policy_text()})
        assert (found["code"], name) == (code, name), found
        if words != "broken":
            assert found["lines"][: len(expected[1])] == expected[1], name


async def test_policies_are_refused_alike(page: Page) -> None:
    proof = SmallLog(9).proof(4).text
    for policy, roots, code in (
        (signed_policy(policy_text()), roots_text(), 0),
        (policy_text(), roots_text(), 2),
        (signed_policy(policy_text(), ["root-1"]), roots_text(), 2),
        (signed_policy(policy_text()).replace("group outside 2", "group outside 1"), roots_text(), 2),
        (policy_text(more="until 2020-01-01"), "", 2),
        ("", "", 2),
    ):
        found: Any = await page.evaluate(CHECK, {"evidence": proof, "policy": policy, "roots": roots})
        assert found["code"] == code, found


async def test_somebody_with_a_receipt_uses_the_form(page: Page, tmp_path: Path) -> None:
    (tmp_path / "proof.txt").write_text(SmallLog(300).proof(4).text, encoding="utf-8")
    await page.set_input_files("#file", str(tmp_path / "proof.txt"))
    await page.fill("#policy", policy_text())
    await page.click("button")
    verdict = page.locator("#verdict[data-code]")
    assert "已证明" in await verdict.inner_text()
    assert "申请材料已收到" in await verdict.inner_text()
    assert await verdict.get_attribute("data-code") == "0"
    assert told(await Axe().run(page, options=RULES)) == []
