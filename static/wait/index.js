// @ts-check
/* The waiting page used as it is: the ProtoHIT's `page` says what it shows. */

import { mountWaiting } from './waiting.js';

mountWaiting(document.querySelector('main'));
