// Both sides of a call in one stream: their sound together, and their pictures beside each other.

const WIDE = 640;
const HIGH = 480;
const FRAMES = 12;

export class Mix {
  #context = new AudioContext();
  #heard = /** @type {Map<string, MediaStreamAudioSourceNode>} */ (new Map());
  #films = /** @type {HTMLVideoElement[]} */ ([]);
  #timer = 0;

  // sides(): what both send, as it is now.
  /** @param {() => MediaStream[]} sides @param {boolean} video */
  constructor(sides, video) {
    this.sides = sides;
    this.sound = this.#context.createMediaStreamDestination();
    this.#context.resume().catch(() => {});
    this.stream = new MediaStream(this.sound.stream.getAudioTracks());
    if (video) this.#draw();
    this.look();
  }

  // What one is heard by may be another track than before.
  look() {
    const tracks = this.sides().flatMap((one) => one.getAudioTracks()).filter((one) => one.readyState === "live");
    const now = new Map(tracks.map((one) => [one.id, one]));
    for (const [id, node] of this.#heard) {
      if (now.has(id)) continue;
      node.disconnect();
      this.#heard.delete(id);
    }
    for (const [id, track] of now) {
      if (this.#heard.has(id)) continue;
      const node = this.#context.createMediaStreamSource(new MediaStream([track]));
      node.connect(this.sound);
      this.#heard.set(id, node);
    }
    for (const [index, film] of this.#films.entries()) {
      const side = this.sides()[index];
      if (film.srcObject === side) continue;
      film.srcObject = side;
      // What is in no document does not begin by itself.
      film.play().catch(() => {});
    }
  }

  #draw() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * WIDE, height: HIGH });
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const watched = { muted: true, playsInline: true };
    this.#films = this.sides().map(() => Object.assign(document.createElement("video"), watched));
    this.#timer = setInterval(() => {
      pen.fillRect(0, 0, canvas.width, canvas.height);
      for (const [index, film] of this.#films.entries()) place(pen, film, index * WIDE);
    }, 1_000 / FRAMES);
    for (const track of canvas.captureStream(FRAMES).getVideoTracks()) this.stream.addTrack(track);
  }

  close() {
    clearInterval(this.#timer);
    for (const film of this.#films) film.srcObject = null;
    for (const track of this.stream.getTracks()) track.stop();
    this.#context.close().catch(() => {});
  }
}

// As large as it can be in its half; nothing where there is no picture.
/** @param {CanvasRenderingContext2D} pen @param {HTMLVideoElement} film @param {number} left */
function place(pen, film, left) {
  const { videoWidth: width, videoHeight: height, srcObject } = film;
  const shown = /** @type {MediaStream | null} */ (srcObject)?.getVideoTracks()
    .some((one) => one.readyState === "live" && !one.muted && one.enabled);
  if (!shown || !width || !height) return;
  const scale = Math.min(WIDE / width, HIGH / height);
  const [wide, high] = [width * scale, height * scale];
  pen.drawImage(film, left + (WIDE - wide) / 2, (HIGH - high) / 2, wide, high);
}
