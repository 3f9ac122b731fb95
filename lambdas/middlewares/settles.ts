import type { MiddlewareObj } from '@middy/core';

/** Holds the answer back until what was begun for it is done: a function may be frozen as soon as it has answered. */
export function settles(settled: () => Promise<void>): MiddlewareObj {
  return {
    after: () => settled(),
    onError: () => settled(),
  };
}
