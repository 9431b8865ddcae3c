// @ts-check
/* The console's sections, and what each is given. */

import { showAssignments } from './assignments.js';
import { showCosts } from './costs.js';
import { showHits } from './hits.js';
import { showKeys } from './keys.js';
import { showMarketplace } from './marketplace.js';
import { showProtoHits } from './protohits.js';
import { showReservations } from './reservations.js';
import { showReview } from './review.js';
import { showStudies } from './studies.js';
import { showWorkers } from './workers.js';

/**
 * `view` is the section's to fill; its `h1`, which may come later, becomes the tab's name and gets the
 * keyboard. `path` are the address's parts after the section's (`#/protohits/a%20b` gives `['a b']`),
 * `query` what stands after its `?`. `keep` puts another query into the address, for reloading and
 * going back. `go` goes to an address (`'keys'`, `address('protohits', id)` of `links.js`) and may bring a notice along;
 * `tell` and `fail` show one: `fail` throws on what is no `ApiError`. `me` is what the service said of the key.
 * `guard` is told how to see that leaving would lose what was typed: it is asked about then.
 * @typedef {{view: HTMLElement, path: string[], query: URLSearchParams,
 *   keep: (query: URLSearchParams) => void, go: (address: string, notice?: string) => void,
 *   tell: (text: string) => void, fail: (error: unknown) => void, me: Me,
 *   guard: (isChanged: () => boolean) => void}} Console
 * @typedef {{key: {name: string, scope: string} | null, open: boolean, markets: string[], now: number, retentionDays: number}} Me
 */

/**
 * By the address's first part. `show` fills `site.view` and answers what ends it, where there is
 * something to end. `nav` is its name in the navigation, `group` the heading there.
 * @type {Record<string, {nav: string, group: string, show: (site: Console) => (() => void) | void}>}
 */
export const SECTIONS = {
  protohits: { nav: 'ProtoHITs', group: 'Work', show: showProtoHits },
  reservations: { nav: 'Reservations', group: 'Work', show: showReservations },
  hits: { nav: 'HITs', group: 'Work', show: showHits },
  assignments: { nav: 'Assignments', group: 'People', show: showAssignments },
  workers: { nav: 'Workers', group: 'People', show: showWorkers },
  review: { nav: 'Review', group: 'People', show: showReview },
  studies: { nav: 'Studies', group: 'People', show: showStudies },
  market: { nav: 'Marketplace', group: 'People', show: showMarketplace },
  costs: { nav: 'Costs', group: 'Money', show: showCosts },
  keys: { nav: 'API keys', group: 'Service', show: showKeys },
};

/** Shown where the address names none. */
export const FIRST = 'protohits';
