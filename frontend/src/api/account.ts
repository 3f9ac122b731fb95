import { signal } from '@preact/signals';

export interface SignedIn {
  readonly id: string;
  readonly address: string;
  readonly displayName?: string;
}

/** Who is signed in. `undefined`: not known yet; null: nobody. */
export const account = signal<SignedIn | null | undefined>(undefined);
