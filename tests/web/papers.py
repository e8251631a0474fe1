"""Files that people pick, drop and paste in a browser."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image
from playwright.sync_api import Locator

HAND_OVER = """(element, [kind, files]) => {
  const given = new DataTransfer();
  for (const { name, type, data } of files) {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    given.items.add(new File([bytes], name, { type }));
  }
  const told = { bubbles: true, cancelable: true, composed: true };
  if (kind === "paste") {
    element.dispatchEvent(new ClipboardEvent(kind, { ...told, clipboardData: given }));
    return;
  }
  for (const one of ["dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(one, { ...told, dataTransfer: given }));
  }
}"""
Paper = dict[str, Any]


def picture(name: str, color: str = "teal", size: tuple[int, int] = (640, 400)) -> Paper:
    """A PNG, as playwright sets it in a field for files."""
    held = io.BytesIO()
    Image.new("RGB", size, color).save(held, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": held.getvalue()}


def paper(name: str, data: bytes, kind: str = "text/plain") -> Paper:
    """Any other file."""
    return {"name": name, "mimeType": kind, "buffer": data}


def hand_over(element: Locator, kind: str, *papers: Paper) -> None:
    """Pastes or drops files onto an element."""
    files = [
        {
            "name": one["name"],
            "type": one["mimeType"],
            "data": base64.b64encode(one["buffer"]).decode(),
        }
        for one in papers
    ]
    element.evaluate(HAND_OVER, [kind, files])
