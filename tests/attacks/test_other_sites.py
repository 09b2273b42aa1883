"""What a page of another site makes a visitor's browser do."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

PAGE = {"Accept": "text/html"}
Ask = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
         "Sec-Fetch-Dest": "document"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": "http://[::"},
        {"Origin": "http://127.0.0.1:8050.evil.example"},
    ],
)  # fmt: skip
def test_another_site_cannot_write(attack: Ask, headers: dict[str, str]) -> None:
    answer = attack("/_dash-update-component", "POST", headers=headers, json={})
    assert answer.status_code == 403


def test_our_own_pages_and_programs_can_write(attack: Ask) -> None:
    own: list[dict[str, str]] = [
        {"Origin": "http://127.0.0.1:8050"}, {"Sec-Fetch-Site": "same-origin"}, {},
    ]  # fmt: skip
    for headers in own:
        answer = attack("/_dash-update-component", "POST", headers=headers, json={})
        assert answer.status_code not in (401, 403, 405)


@pytest.mark.parametrize("dest", ["iframe", "embed", "script", "image", "empty"])
def test_another_site_cannot_take_our_answers_in(attack: Ask, dest: str) -> None:
    mode = "navigate" if dest in ("iframe", "embed") else "no-cors"
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert attack("/api/runs", headers=headers).status_code == 403


def test_a_link_from_elsewhere_is_followed(attack: Ask) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
               "Sec-Fetch-Dest": "document"}  # fmt: skip
    assert attack("/", headers=headers).status_code == 200


def test_no_page_can_be_framed(attack: Ask, intrude: Ask) -> None:
    for answer in (attack("/"), intrude("/lab/", headers=PAGE)):
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
