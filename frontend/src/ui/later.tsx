import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component whose code is loaded when it is first shown. */
export function later<P extends object>(load: () => Promise<{ readonly default: ComponentType<P> }>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [, render] = useState(0);
    useEffect(() => {
      if (loaded !== undefined) return;
      void load().then((module) => {
        loaded = module.default;
        render(1);
      });
    }, []);
    const Shown = loaded;
    return Shown === undefined ? null : <Shown {...props} />;
  };
}
