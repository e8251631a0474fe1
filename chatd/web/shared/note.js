// One note of a sound that a page makes itself.

// after: in how many seconds it begins; peak: how loud it gets, from 0 to 1; into: where it is heard.
/** @param {AudioContext} audio @param {number} pitch @param {number} after @param {number} peak
 *  @param {AudioNode} [into] */
export function note(audio, pitch, after, peak, into = audio.destination) {
  const at = audio.currentTime + after;
  const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(peak, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0005, at + 0.28);
  tone.connect(loudness).connect(into);
  tone.start(at);
  tone.stop(at + 0.3);
}
