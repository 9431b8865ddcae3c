// @ts-check
/*
 * The alert's sound, synthesised, so that no file has to load and no host can block it.
 *
 * Browsers let a page make sound only after the person has touched it: the first click or key
 * anywhere unlocks it, and `ready` says whether that has happened.
 */

export class Bell {
  volume = 0.6;
  /** @type {AudioContext | null} */
  #context = null;

  constructor() {
    const unlock = () => void this.unlock();
    addEventListener('pointerdown', unlock);
    addEventListener('keydown', unlock);
  }

  get ready() {
    return this.#context?.state === 'running';
  }

  /** Resolves to whether sound can be heard now. */
  async unlock() {
    try {
      this.#context ??= new AudioContext();
      // May stay pending for ever while the browser waits for a touch.
      if (!this.ready) await Promise.race([this.#context.resume(), pause(300)]);
    } catch {
      // No audio device, or none allowed: title and banner still call.
    }
    return this.ready;
  }

  /** Three rising pairs of tones: hard to miss, and not a fire alarm. */
  async ring() {
    if (!await this.unlock()) return;
    for (let i = 0; i < 3; i++) {
      this.#tone(784, i * 0.36, 0.16);
      this.#tone(1175, i * 0.36 + 0.15, 0.2);
    }
  }

  /** One soft falling pair: something has changed, no hurry. */
  async chime() {
    if (!await this.unlock()) return;
    this.#tone(880, 0, 0.3);
    this.#tone(659, 0.22, 0.5);
  }

  /** @param {number} hertz @param {number} after @param {number} seconds */
  #tone(hertz, after, seconds) {
    const context = this.#context;
    if (!context || this.volume <= 0) return;
    const start = context.currentTime + after;
    const gain = context.createGain();
    // Hearing is logarithmic; the square makes the slider feel even.
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, this.volume ** 2 * 0.8), start + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
    const tone = new OscillatorNode(context, { type: 'triangle', frequency: hertz });
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + seconds + 0.05);
  }
}

/** @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
