// @ts-check
/* How the worker is called: which sound, how loud, a test; notifications where they can be had. */

import { el, say } from './dom.js';
import { ask, permission } from './notifications.js';
import './retainer.js';
import { SOUNDS } from './sound.js';

/** @type {Record<import('./notifications.js').Permission, string>} */
const NOTIFICATIONS = {
  granted: 'Your browser shows a notification as well.',
  default: '',
  denied: 'Your browser’s settings forbid notifications of this site; the sound calls you.',
  frame: 'No notification can be shown from inside the market’s page: keep the sound on.',
  none: 'This browser has no notifications: keep the sound on.',
};

export class SoundPanel {
  /** @type {import('./sound.js').Bell} */
  #bell;
  #told = el('p', { class: 'rt-hint', role: 'status' });
  #notifications = el('p', { class: 'rt-hint' });
  #allow = el('button', {
    type: 'button', class: 'rt-plain', onclick: async () => {
      await ask();
      this.#show();
    },
  }, 'Notify me as well');
  #mute = el('button', { type: 'button', class: 'rt-plain', 'aria-pressed': 'false', onclick: () => this.#turn() }, 'Mute');
  #choice = el('select', { id: 'rt-sound-name', onchange: () => this.#choose() });
  #tested = false;

  /** @param {import('./sound.js').Bell} bell */
  constructor(bell) {
    this.#bell = bell;
    const slider = el('input', {
      type: 'range', min: '0', max: '100', value: String(bell.volume * 100), id: 'rt-volume',
      oninput: () => {
        bell.volume = Number(slider.value) / 100;
        this.#show();
      },
      onchange: () => void this.#test(),
    });
    const test = el('button', { type: 'button', class: 'rt-plain', onclick: () => void this.#test() }, 'Test the sound');
    this.node = el('div', { class: 'rt-sound' },
      el('div', { class: 'rt-row' }, test, this.#mute, this.#allow),
      el('div', { class: 'rt-row' },
        el('div', { class: 'rt-field' }, el('label', { for: 'rt-volume' }, 'Volume'), slider),
        el('div', { class: 'rt-field' }, el('label', { for: 'rt-sound-name' }, 'Sound'), this.#choice)),
      this.#told, this.#notifications);
    bell.onchange = () => this.#show();
    this.offer(bell.sound);
    this.#show();
  }

  /** Put a requester's sound first. @param {string} sound one of ours, or an address */
  offer(sound) {
    this.#bell.sound = sound;
    const own = sound in SOUNDS ? [] : [el('option', { value: sound }, 'This page’s own')];
    this.#choice.replaceChildren(...own,
      ...Object.entries(SOUNDS).map(([value, name]) => el('option', { value }, name)));
    this.#choice.value = sound;
  }

  #choose() {
    this.#bell.sound = this.#choice.value;
    void this.#test();
  }

  #turn() {
    this.#bell.isMuted = !this.#bell.isMuted;
    this.#mute.setAttribute('aria-pressed', String(this.#bell.isMuted));
    this.#show();
  }

  async #test() {
    await this.#bell.ring();
    this.#tested = true;
    this.#show();
  }

  #show() {
    const { ready } = this.#bell;
    const isMuted = this.#bell.isMuted || !this.#bell.volume;
    Retainer.muted = isMuted;
    this.node.dataset.sound = isMuted ? 'muted' : ready ? 'on' : 'blocked';
    say(this.#told, isMuted ? 'Muted.'
      : ready ? (this.#tested ? 'This is how we call you. Nothing heard? Turn up the volume of your device.' : 'Sound is on.')
        : this.#tested ? 'Your browser makes no sound here: keep this page in view.'
          : 'Your browser keeps this page silent until you click on it once: test the sound.');
    const state = permission();
    this.#allow.hidden = state !== 'default';
    say(this.#notifications, NOTIFICATIONS[state]);
    this.#notifications.hidden = !NOTIFICATIONS[state];
  }
}
