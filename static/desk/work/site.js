// @ts-check
/* What the worker site gives to each of its views, and which view an address shows. */

import { showAccount } from './account.js';
import { showCalls } from './calls.js';
import { showDashboard } from './dashboard.js';
import { showListing } from './listing.js';
import { showMessages } from './messages.js';
import { showPreview } from './preview.js';
import { showQueue } from './queue.js';
import { showQualifications } from './qualifications.js';
import { showSessions } from './sessions.js';

/**
 * `accept` takes `{groupId}` or `{hitId}`, and `consent`, the version of a text that is agreed to; it goes
 * to the work. `note` and `fail` tell at the top of the page. `queue-changed` is an event of the window.
 * @typedef {{view: HTMLElement, queue: () => import('./frames.js').Assignment[],
 *   accept: (body: object) => Promise<void>, go: (hash: string, text?: string) => void,
 *   note: (text: string, bad?: boolean) => void, fail: (error: unknown) => void}} Site
 */

/**
 * By the address's first part: `#/hits/<id>` is `hits`. A view fills `site.view` and answers what ends
 * it, where there is something to end; `nav` is its name in the navigation. Its `h1`, which may come
 * later, becomes the tab's name and gets the keyboard.
 * @type {Record<string, {nav?: string, show: (site: Site, id: string) => (() => void) | void}>}
 */
export const VIEWS = {
  '': { nav: 'Find work', show: showListing },
  hits: { show: showPreview },
  queue: { nav: 'Queue', show: showQueue },
  dashboard: { nav: 'Dashboard', show: showDashboard },
  qualifications: { nav: 'Qualifications', show: showQualifications },
  messages: { nav: 'Messages', show: showMessages },
  sessions: { nav: 'Sessions', show: showSessions },
  calls: { nav: 'Calls', show: showCalls },
  account: { show: showAccount },
  // What the dashboard was called before.
  earnings: { show: showDashboard },
};
