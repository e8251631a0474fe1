// One note of a sound that a page makes itself.

// after: in how many seconds it begins; peak: how loud it gets, from 0 to 1.
/** @param {AudioContext} audio @param {number} pitch @param {number} after @param {number} peak */
export function note(audio, pitch, after, peak) {
  const at = audio.currentTime + after;
  const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(peak, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0005, at + 0.28);
  tone.connect(loudness).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.3);
}
