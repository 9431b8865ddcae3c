// @ts-check
/*
 * How a worker is called: what sounds, flashes and notifies, and the panel where they try and choose it.
 * Loaded after the room has sent its first ping, which must not wait for it.
 */

import { Alarm } from './alarm.js';
import { SoundPanel } from './sound-panel.js';
import { Bell } from './sound.js';

export class Caller {
  bell = new Bell();
  alarm = new Alarm(this.bell);
  panel = new SoundPanel(this.bell);
}
