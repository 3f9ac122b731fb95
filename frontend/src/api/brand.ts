import { auth } from './session.ts';

/** How the pages of a domain look, as its administrator has set it. */
export interface Brand {
  /** Of ours, which the host of this page belongs to. */
  readonly domain?: string;
  readonly name?: string;
  /** The address of an image that holds all of it (`data:`). */
  readonly logo?: string;
  readonly accent?: string;
  readonly onAccent?: string;
  readonly title?: string;
  /** HTML as it was written: sanitise it. */
  readonly page?: string;
  readonly footer?: string;
  /** Whom the help pages ask. */
  readonly support?: string;
  readonly others: readonly { readonly name: string; readonly url: string }[];
  /** Whether the webmail lets its people in. */
  readonly webmail: boolean;
}

export interface Announcement {
  readonly text: string;
  readonly link?: { readonly url: string; readonly label?: string };
}

export const brandOf = (at: { readonly host: string } | { readonly domain: string }): Promise<Brand> =>
  auth('GET', `/brand?${new URLSearchParams(at)}`);

export async function announcement(): Promise<Announcement | undefined> {
  return (await auth<{ announcement?: Announcement }>('GET', '/announcement', undefined, true)).announcement;
}
