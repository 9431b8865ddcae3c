// @ts-check
/* The same `Retainer` for modules: `import { Retainer } from './retainer-module.js'`. */
import './retainer.js';

export const Retainer = globalThis.Retainer;
export default Retainer;
