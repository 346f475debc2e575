"""The pages in a real browser: scripts run under the page's own policy, and a dropped file is checked."""

from __future__ import annotations

import base64

import pytest

# What dropping one file from the desktop does, as far as a page can see it.
DROP = """([selector, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "dropped.txt"));
  const zone = document.querySelector(selector);
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def tab(chromium, looked_at, token_of):
    """A page signed in at the platform's gateway; fails on any script error or blocked resource."""
    ledger, _ = looked_at
    context = chromium.new_context(base_url=str(ledger.platform.http.base_url), locale="en-GB")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto("/look/sign-in")
    page.click("#by-token summary")
    page.fill("#token", token_of(ledger.platform))
    page.click("#by-token button")
    page.wait_for_url("**/look")
    yield page
    context.close()
    assert troubles == []


def test_a_reader_finds_a_loan_and_its_history_by_clicking(tab, looked_at):
    _, loan = looked_at
    tab.click("text=LOOK-1")
    tab.wait_for_url(f"**/look/loans/{loan}")
    tab.click("#entry-1 summary")
    assert "Proposed" in tab.inner_text("#entry-1")
    tab.click("a.language")
    assert "历史" in tab.inner_text("main")


def test_a_dropped_file_is_checked_at_once(tab, looked_at, content):
    _, loan = looked_at
    for dropped, verdict in ((content, "good"), (content + b"!", "bad")):
        tab.goto(f"/look/loans/{loan}")
        tab.evaluate(DROP, ["#drop", base64.b64encode(dropped).decode()])
        tab.wait_for_selector("#result")
        assert verdict in tab.get_attribute("#result", "class").split()


def test_a_page_fits_a_small_screen(tab, looked_at):
    _, loan = looked_at
    tab.set_viewport_size({"width": 380, "height": 700})
    tab.goto(f"/look/loans/{loan}")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
