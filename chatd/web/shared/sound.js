// A short two-note chime, made on the spot; silent where the browser does not let us.
/** @type {AudioContext | undefined} */
let audio;

export function chime() {
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    for (const [pitch, at] of [[660, 0], [880, 0.09]]) note(audio, pitch, audio.currentTime + at);
  } catch {
    // No sound is no fault: the dot and the title tell the same.
  }
}

/** @param {AudioContext} context @param {number} pitch @param {number} at */
function note(context, pitch, at) {
  const [tone, loudness] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(0.06, at + 0.015);
  loudness.gain.exponentialRampToValueAtTime(0.0005, at + 0.28);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.3);
}
