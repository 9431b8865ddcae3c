// @ts-check
/*
 * The alert's sound, synthesised, so that no file has to load and no host can block it; or a file of
 * the requester's own, with the bell for as long as it has not loaded.
 *
 * Browsers let a page make sound only after the person has touched it: the first click or key
 * anywhere unlocks it, and `ready` says whether that has happened.
 */

/** Notes of each sound: hertz, seconds after its beginning, seconds long. @type {Record<string, [number, number, number][]>} */
const NOTES = {
  // Three rising pairs: hard to miss, and not a fire alarm.
  bell: [0, 1, 2].flatMap((i) => /** @type {[number, number, number][]} */ (
    [[784, i * 0.36, 0.16], [1175, i * 0.36 + 0.15, 0.2]])),
  marimba: [0, 1].flatMap((i) => [262, 330, 392, 523].map((hertz, n) =>
    /** @type {[number, number, number]} */ ([hertz, i * 0.75 + n * 0.13, 0.3]))),
  knock: [0, 0.16, 0.32, 0.8, 0.96, 1.12].map((after) => [120, after, 0.09]),
};
/** @type {Record<string, OscillatorType>} */
const TIMBRE = { bell: 'triangle', marimba: 'sine', knock: 'square' };

/** What a worker may choose from. */
export const SOUNDS = Object.freeze({ bell: 'Bell', marimba: 'Marimba', knock: 'Knocking' });

export class Bell {
  volume = 0.6;
  isMuted = false;
  /** Called whenever the browser lets the page sound, or no longer. */
  onchange = () => {};
  #sound = 'bell';
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Promise<ArrayBuffer> | null} */
  #file = null;
  /** @type {AudioBuffer | null} */
  #recorded = null;
  /** @type {Promise<void> | null} */
  #decoding = null;

  constructor() {
    const unlock = () => void this.unlock();
    addEventListener('pointerdown', unlock);
    addEventListener('keydown', unlock);
  }

  get ready() {
    return this.#context?.state === 'running';
  }

  /** The name of one of `SOUNDS`, or the address of a sound file that this page may read. */
  get sound() {
    return this.#sound;
  }

  set sound(sound) {
    this.#sound = sound;
    this.#recorded = this.#decoding = null;
    this.#file = sound in NOTES ? null : fetch(sound).then((answer) => {
      if (!answer.ok) throw new Error(`The sound ${sound} answers ${answer.status}.`);
      return answer.arrayBuffer();
    });
    // Told once it is to be played; until then nobody waits for it.
    this.#file?.catch(() => {});
  }

  /** Resolves to whether sound can be heard now. */
  async unlock() {
    try {
      if (!this.#context) {
        this.#context = new AudioContext();
        this.#context.onstatechange = () => this.onchange();
      }
      // May stay pending for ever while the browser waits for a touch.
      if (!this.ready) await Promise.race([this.#context.resume(), pause(300)]);
      if (this.#file) this.#decoding = this.#decode(this.#context, this.#file, this.#sound);
      this.#file = null;
      // No call waits for a file that is still on its way.
      await Promise.race([this.#decoding, pause(300)]);
    } catch (error) {
      // No audio device, or none allowed: title and banner still call.
      console.warn(error);
    }
    return this.ready;
  }

  /** @param {AudioContext} context @param {Promise<ArrayBuffer>} file @param {string} sound whose it is */
  async #decode(context, file, sound) {
    try {
      const recorded = await context.decodeAudioData(await file);
      if (sound === this.#sound) this.#recorded = recorded;
    } catch (error) {
      // Not there, or no sound: the bell calls.
      console.warn(error);
    }
  }

  /** Sound the call once. */
  async ring() {
    if (!await this.unlock()) return;
    if (this.#recorded) this.#play(this.#recorded);
    else for (const note of NOTES[this.#sound] ?? NOTES.bell) this.#tone(note, TIMBRE[this.#sound] ?? 'triangle');
  }

  /** One soft falling pair: something has changed, no hurry. */
  async chime() {
    if (!await this.unlock()) return;
    this.#tone([880, 0, 0.3], 'triangle');
    this.#tone([659, 0.22, 0.5], 'triangle');
  }

  get #loudness() {
    // Hearing is logarithmic; the square makes the slider feel even.
    return this.isMuted ? 0 : this.volume ** 2 * 0.8;
  }

  /** @param {[number, number, number]} note @param {OscillatorType} type */
  #tone([hertz, after, seconds], type) {
    const context = this.#context;
    if (!context || this.#loudness <= 0) return;
    const start = context.currentTime + after;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, this.#loudness), start + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
    const tone = new OscillatorNode(context, { type, frequency: hertz });
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + seconds + 0.05);
  }

  /** @param {AudioBuffer} buffer */
  #play(buffer) {
    const context = this.#context;
    if (!context || this.#loudness <= 0) return;
    const gain = new GainNode(context, { gain: this.#loudness });
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(gain).connect(context.destination);
    source.start();
    // A long file must not sound into the next ring.
    source.stop(context.currentTime + 2.4);
  }
}

/** @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
