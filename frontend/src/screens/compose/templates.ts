import { ask } from '../../data/asking.ts';
import { htmlOf } from '../../data/plain-text.ts';
import { changePreferences, preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import type { MenuPart } from '../../ui/menu.tsx';
import { failed, toast } from '../../ui/toast.tsx';
import type { Composer } from './composer.ts';
import { textOf } from './text.ts';

/** The menu of templates: those there are, and what is written as a new one. */
export function templateParts(composer: Composer): readonly MenuPart[] {
  const all = Object.entries(preferences.peek().templates).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  return [
    ...all.map(([id, { name, subject, html }]) => ({
      name: id,
      label: name,
      perform: () => void insert(composer, subject, html),
    })),
    ...(all.length > 0 ? (['line'] as const) : []),
    { name: 'save', label: t('compose.saveTemplate'), perform: () => void save(composer) },
  ];
}

async function insert(composer: Composer, subject: string, html: string): Promise<void> {
  if (composer.subject.peek().trim() === '') composer.subject.value = subject;
  if (composer.isPlain.peek()) {
    const { clean } = await import('./clean.ts');
    composer.text.value = `${textOf(clean(html))}\n${composer.text.peek()}`;
  } else {
    composer.editor?.focus();
    composer.editor?.insertHTML(html);
  }
  composer.touch();
}

async function save(composer: Composer): Promise<void> {
  const name = await ask({
    kind: 'text',
    title: t('compose.saveTemplate'),
    label: t('compose.templateName'),
    value: composer.subject.peek(),
    yes: t('compose.templateSave'),
  });
  if (name === undefined || name === null || name.trim() === '') return;
  composer.takeContent();
  const html = composer.isPlain.peek() ? htmlOf(composer.text.peek()) : await withoutSignature(composer.html);
  const template = { name: name.trim(), subject: composer.subject.peek(), html };
  try {
    await changePreferences({ [`templates/${crypto.randomUUID()}`]: template });
    toast(t('compose.templateSaved'));
  } catch (error) {
    failed(error);
  }
}

/** The signature is the identity's, and quotes are another's. */
async function withoutSignature(html: string): Promise<string> {
  const { clean } = await import('./clean.ts');
  const box = document.implementation.createHTMLDocument('').createElement('div');
  box.append(clean(html, true));
  for (const element of box.querySelectorAll('.signature, blockquote, img[data-cid]')) element.remove();
  return box.innerHTML;
}
