/** What the pages' scripts share: the site's configuration and the one documented global. */

interface RetainerConfig {
  /** Address of the HTTPS API, without a trailing slash. */
  api: string;
  /** Origins that a page may submit to. */
  markets: string[];
  wait?: string;
  desk?: string;
  version?: string;
  /** What the worker site says where there is no work, with a link; the demo has one. */
  hint?: { text: string, link: string, href: string };
}

/** An answer of `gettask`, or of a ping that asked for one; an older server sends only `start` and `taskID`. */
interface RetainerAnswer {
  start?: boolean;
  /** The service cannot say just now; ask later. */
  busy?: boolean;
  taskID?: string | number;
  payload?: string | null;
  reservation?: string;
  ackWithin?: number;
  /** What is left of it: the page may have been loaded again since the call. */
  ackLeft?: number;
  /** The worker has said that they are there: they are at work. */
  acknowledged?: boolean;
  /** Why a call is over, with `released`. */
  why?: RetainerWhy;
  hitType?: string;
  url?: string;
  taskUrl?: string;
  now?: number;
  known?: boolean;
  poll?: { every?: number; next?: number };
  seat?: string;
  waited?: number;
  waitMax?: number;
  reward?: string;
  pay?: RetainerPay;
  dueIn?: number;
  waitOver?: boolean;
  released?: boolean;
  surplus?: boolean;
  superseded?: boolean;
  /** With `superseded`: not another page has the seat, but nobody. */
  returned?: boolean;
  excluded?: boolean;
  /** Another page of this worker's waits, or works; this one begins its wait when that one is over. */
  behind?: boolean;
  /** Milliseconds until a presence check, and until the wait stops counting without an answer to it. */
  check?: RetainerCheck;
  /** They let too many calls in a row pass: until when they are not called, in epoch milliseconds. */
  restsUntil?: number;
  /** The page speaks an older protocol than the API's last two. */
  outdated?: boolean;
  /** What was reported with the request need not be said again. */
  noted?: boolean;
}

/** What waiting earns; dollars as text, exact. */
interface RetainerPay {
  /** A minute. */
  rate: string;
  earned: string;
  most: string;
  /** Milliseconds for which a page may carry `earned` on by itself: what is paid is sure for that long. */
  for: number;
  /** Bonus for acknowledging within `quickWithin` milliseconds. */
  quick: string;
  quickWithin: number;
  /** All that waiting earns this worker in an hour, over all pages; there is less left for this one than its HIT promised. */
  perHour?: string;
}

interface RetainerCheck {
  dueIn: number;
  within: number;
}

/** `late`: the time to answer was over; `ended`: the reservation was; empty: not known. */
type RetainerWhy = 'late' | 'ended' | '';

type RetainerOver = 'waited' | 'behind' | 'closed' | 'excluded' | 'resting' | 'outdated';

interface RetainerTask {
  taskID: string | number;
  payload: string | null;
  reservation: string | null;
  /** Milliseconds until the task goes to somebody else, unless acknowledged; null: no limit known. */
  ackWithin: number | null;
  /** What is left of it, if the page was told. */
  ackLeft?: number;
  /** What was kept by `Retainer.keep` before the page was loaded again. */
  kept?: any;
  /** Where ProtoHITs share a pool: whose work it is, and that one's page. */
  hitType?: string;
  url?: string;
  /** The page that opens in a frame as the task, if that one has any. */
  taskUrl?: string;
}

/** What the page of a HIT shows: the requester's texts, and what the HIT promises; null: not known. */
interface RetainerPageOfHit {
  /** Milliseconds between presence checks; 0: there are none, or an older server. */
  checkEvery?: number;
  /** So many calls in a row may be let pass before an hour's rest; 0: any number, or an older server. */
  maxUnanswered?: number;
  title: string;
  instructions: string;
  accent: string;
  pastime: 'none' | 'game' | 'reading';
  reading: string;
  sound: string;
  task: string;
  /** Dollars. */
  reward: string | null;
  /** Milliseconds. */
  waitMax: number | null;
  ackWithin: number | null;
  pay: Omit<RetainerPay, 'earned' | 'for'> | null;
}

type RetainerState =
  | 'idle' | 'preview' | 'waiting' | 'called' | 'working' | 'over' | 'refused' | 'superseded' | 'submitted';

type RetainerHook =
  | 'hasWork' | 'getReady' | 'tooLate' | 'waitOver' | 'connection' | 'superseded' | 'update';

/** What a page reports of what it saw and did; docs/api.md, *events of an assignment*. */
type RetainerMark =
  | 'opened' | 'muted' | 'hidden' | 'visible' | 'offline' | 'online' | 'woke' | 'silent' | 'notified' | 'shown'
  | 'acknowledged' | 'submitting';

/** How far the server's clock is ahead of `performance.now()`, as of `at`: within `half`, in ms. */
interface RetainerClock {
  offset: number;
  half: number;
  at: number;
}

type RetainerConnection = 'connecting' | 'online' | 'retrying' | 'refused';

interface RetainerStatus {
  state: RetainerState;
  /** Milliseconds waited, by the server's clock and carried on by ours since its last answer. */
  waited: number;
  waitMax: number | null;
  /** Dollars. */
  reward: string | null;
  /** What the server said last; null: waiting is not paid. */
  pay: RetainerPay | null;
  /** Dollars earned by waiting, carried on since the server's last answer, never ahead of it. */
  earned: number | null;
  /** Milliseconds until a task is expected; null: none announced. */
  dueIn: number | null;
  /** The next presence check, carried on by our clock: `dueIn` is below 0 once it is time; null: there are none. */
  check: RetainerCheck | null;
  /** The worker waits, or works, in another page: this one cannot be called before that one is over, and earns nothing yet. */
  behind: boolean;
}

interface RetainerConnectionDetail {
  code?: string;
  message?: string;
  /** Milliseconds until the next try. */
  retryIn?: number;
  failures?: number;
}

interface RetainerPlan {
  anchor: number | null;
  every: number;
  /** The next poll comes at a moment that the server has drawn: the period runs from there. */
  drawn?: boolean;
}

interface RetainerRules {
  /**
   * When to poll next. `anchor` is the page's own next slot, drawn at random: the server's arithmetic
   * assumes polls at unrelated moments, so a poll out of turn (a tab that becomes visible) and a late
   * timer must not shift it. A moment given by `next` was drawn by the server, and the page keeps it:
   * a new draw on top would not be even. An answer without a pace, from an older server: each second.
   */
  cadence(plan: RetainerPlan, poll: RetainerAnswer['poll'], now: number, random: () => number): RetainerPlan & { anchor: number; at: number };
  /** Milliseconds to wait after so many failures in a row: doubling from half a second, with jitter. */
  backoff(failures: number, random: () => number, retryAfterMs?: number): number;
  /** `Retry-After` in milliseconds; 0: none that we understand. */
  retryAfter(header: string | null): number;
  /** What a refusal means. */
  verdict(status: number, code: string): 'retry' | 'released' | 'closed' | 'refused';
  /** Dollars earned `age` milliseconds after the server gave `pay`: to the cap, and no further than it vouches for. */
  earned(pay: RetainerPay, age: number): number;
  /**
   * The best reckoning of the server's clock, of the one so far and a request's: the server said
   * `server` somewhere between `sent` and `got`, so the quicker the trip, the surer. One that does not
   * agree with what is known takes its place: our clock has jumped.
   */
  sync(best: RetainerClock | null, sent: number, got: number, server: number): RetainerClock;
  /** Where the form goes; null unless its origin is one of the markets. */
  submitTarget(submitTo: string | null, markets: readonly string[]): string | null;
  /** What is missing of the ids that an accepted HIT's page needs, as a part of a sentence; empty: nothing, or a preview. */
  missing(ids: { assignmentId: string, hitId: string, workerId: string }): string;
  /** The first of the market's own parameters that stands twice in a page's address; null: none does. */
  repeated(query: URLSearchParams): string | null;
}

/** One stay of one page in the pool; times by `performance.now()`. */
interface RetainerStay {
  state: RetainerState;
  /** The service does not take polls by POST. */
  byGet: boolean;
  /** Why nothing may be done here at all; empty: nothing is wrong with the page's address. */
  wrong: string;
  link: RetainerConnection | '';
  workerId: string;
  assignmentId: string;
  hitId: string;
  arrival: string;
  seat: string;
  /** The server has a seat for us; else a `waiting` ping is due. */
  known: boolean;
  everKnown: boolean;
  unknowns: number;
  failures: number;
  inFlight: AbortController | null;
  /** Ask again as soon as the request under way is answered. */
  again: boolean;
  startedAt: number;
  heardAt: number;
  askedAt: number;
  answeredAt: number;
  stopTimer(): void;
  plan: RetainerPlan;
  task: RetainerTask | null;
  ackDue: boolean;
  released: boolean;
  waited: number;
  waitMax: number | null;
  reward: string | null;
  pay: RetainerPay | null;
  behind: boolean;
  dueAt: number | null;
  checkAt: { due: number; until: number } | null;
  /** The answer to a presence check is still to be sent. */
  hereDue: boolean;
  clock: RetainerClock | null;
  /** What this load of the page calls itself: of several pages of one assignment the last one loaded counts. */
  load: string;
  /** To be reported, and what the request under way reports of it; `text` is how it was told first. */
  marks: { letter: string; at: number; text?: string }[];
  said: { letter: string; at: number; text?: string }[];
  /** Of the call: when the page had it, when it was in sight, when somebody answered; 0: not yet. */
  shownAt: number;
  seenAt: number;
  ackAt: number;
  /** By the wall clock, which goes on while a computer sleeps. */
  awakeAt: number;
}

interface RetainerPage {
  /** Where the API is; default: `RETAINER_CONFIG.api`. */
  api: string;
  /** Origins that may be submitted to; default: `RETAINER_CONFIG.markets`. */
  markets: string[] | null;
  /** The market's address; default: `turkSubmitTo` of the page's URL. */
  submitTo: string | null;
  /** Promise that this page calls `acknowledge()`; without it, having got the task counts. Set before `init`. */
  acks: boolean;
  /** The page's sound is off; the caller is told so with the call. Keep it up to date. */
  muted: boolean;
  init(workerId?: string, assignmentId?: string, hitId?: string): RetainerState;
  acknowledge(): void;
  /** Keep what somebody has entered for the present task (as JSON): in this tab, until it is handed in or the call is over. */
  keep(value: unknown): void;
  /** What was kept for the present task, after a reload too; null: nothing. */
  kept(): any;
  /** Answer a presence check. */
  here(): void;
  submit(fields?: Record<string, unknown>): boolean;
  leave(): boolean;
  status(): RetainerStatus;
  /** A timer that a hidden tab does not slow down; answers what cancels it. */
  later(ms: number, callback: () => void): () => void;
  /** Report something that only the page knows, such as `silent` or `notified`; sent with what is sent anyway. */
  note(mark: RetainerMark): void;
  hasWork(task: RetainerTask): void;
  getReady(detail: { dueIn: number }): void;
  tooLate(detail: { reservation: string | null; surplus: boolean; why: string }): void;
  waitOver(detail: { reason: RetainerOver; until?: number }): void;
  /** Load the page anew, because it is too old to be called; false if that was done and did not help. */
  renew(): boolean;
  connection(state: RetainerConnection, detail: RetainerConnectionDetail): void;
  superseded(): void;
  update(status: RetainerStatus): void;
  rules: RetainerRules;
}

declare var RETAINER_CONFIG: RetainerConfig | undefined;
declare var Retainer: RetainerPage;
