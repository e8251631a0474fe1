"""A video that somebody sent, in a real browser: it plays, and is read in parts."""

from __future__ import annotations

import base64

from playwright.sync_api import Response

from tests.conftest import MakeDaemon
from tests.files.sender import visitor
from tests.web.conftest import MakeContext

RECORD = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 320; canvas.height = 240;
  const paint = canvas.getContext("2d");
  const draw = () => { for (let at = 0; at < 400; at += 1) {
    paint.fillStyle = `hsl(${Math.random() * 360} 90% 50%)`;
    paint.fillRect(Math.random() * 320, Math.random() * 240, 20, 20); } };
  draw();
  const recorder = new MediaRecorder(canvas.captureStream(30), { videoBitsPerSecond: 20_000_000 });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start(100);
  const painting = setInterval(draw, 30);
  let size = 0;
  for (let turns = 0; size < 1_500_000 && turns < 300; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    size = parts.reduce((sum, one) => sum + one.size, 0);
  }
  clearInterval(painting);
  await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}"""
PLAY = """async (url) => {
  const video = document.createElement("video");
  document.body.append(video);
  const when = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener("error", () => reject(new Error(video.error?.message)), { once: true });
  });
  const ready = when("loadedmetadata");
  video.src = url;
  await ready;
  const sought = when("seeked");
  video.currentTime = 0.4;
  await sought;
  return [video.videoWidth, video.videoHeight];
}"""


def test_a_video_element_reads_it_in_parts(make_daemon: MakeDaemon, context: MakeContext) -> None:
    daemon = make_daemon()
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    data = base64.b64decode(page.evaluate(RECORD))
    anna = visitor(daemon)
    file = anna.upload(data, "clip.webm")
    assert file["type"] == "video/webm"
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/files/" in answer.url else None)
    assert page.evaluate(PLAY, file["url"]) == [320, 240]
    asked = [answer.request.all_headers().get("range") for answer in answers]
    assert asked and all(one and one.startswith("bytes=") for one in asked), asked
    assert {answer.status for answer in answers} == {206}
