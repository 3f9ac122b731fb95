import type { Method } from '../method.ts';
import { echo } from './echo.ts';

/** Every method there is, by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map([['Core/echo', echo]]);
