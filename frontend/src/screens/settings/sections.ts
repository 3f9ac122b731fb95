import type { FunctionComponent } from 'preact';
import { lazy } from 'preact-iso';
import type { Key } from '../../i18n/index.ts';

export interface Section {
  /** Below /settings/. */
  readonly path: string;
  readonly label: Key;
  readonly screen: FunctionComponent;
}

/** Every section, as the navigation shows them. */
export const GROUPS: readonly { readonly label: Key; readonly sections: readonly Section[] }[] = [
  {
    label: 'settings.groupAccount',
    sections: [
      { path: 'account', label: 'account.title', screen: lazy(() => import('./account.tsx')) },
      { path: 'security', label: 'security.title', screen: lazy(() => import('./security.tsx')) },
      { path: 'devices', label: 'devices.title', screen: lazy(() => import('./devices.tsx')) },
    ],
  },
  {
    label: 'settings.groupMail',
    sections: [
      { path: 'appearance', label: 'appearance.title', screen: lazy(() => import('./appearance.tsx')) },
      { path: 'identities', label: 'identities.title', screen: lazy(() => import('./identities.tsx')) },
      { path: 'templates', label: 'templates.title', screen: lazy(() => import('./templates.tsx')) },
      { path: 'dictionary', label: 'dictionary.title', screen: lazy(() => import('./dictionary.tsx')) },
      { path: 'away', label: 'away.title', screen: lazy(() => import('./away.tsx')) },
      { path: 'notifications', label: 'notifications.title', screen: lazy(() => import('./notifications.tsx')) },
      { path: 'mail-files', label: 'mailFiles.title', screen: lazy(() => import('./mail-files.tsx')) },
      { path: 'privacy', label: 'privacy.title', screen: lazy(() => import('./privacy.tsx')) },
      { path: 'keyboard', label: 'keyboard.title', screen: lazy(() => import('./keyboard.tsx')) },
    ],
  },
  {
    label: 'settings.groupHelp',
    sections: [
      { path: 'help', label: 'help.title', screen: lazy(() => import('./help.tsx')) },
      { path: 'about', label: 'about.title', screen: lazy(() => import('./about.tsx')) },
    ],
  },
];

export const SECTIONS = GROUPS.flatMap(({ sections }) => sections);
