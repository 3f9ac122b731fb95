import { ask } from '../../data/asking.ts';
import { htmlOf } from '../../data/plain-text.ts';
import { changePreferences } from '../../data/preferences.ts';
import { failed, toast } from '../../data/toasts.ts';
import { t } from '../../i18n/index.ts';
import { loadCleaner } from './cleaner.ts';
import type { Composer } from './composer.ts';
import { textOf } from './text.ts';

/** Puts a template at the cursor. */
export async function insert(composer: Composer, subject: string, html: string): Promise<void> {
  if (composer.subject.peek().trim() === '') composer.subject.value = subject;
  if (composer.isPlain.peek()) {
    const clean = await loadCleaner();
    composer.text.value = `${textOf(clean(html))}\n${composer.text.peek()}`;
  } else {
    composer.editor?.focus();
    composer.editor?.insertHTML(html);
  }
  composer.touch();
}

/** Makes a template of what is written. */
export async function save(composer: Composer): Promise<void> {
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
  const clean = await loadCleaner();
  const box = document.implementation.createHTMLDocument('').createElement('div');
  box.append(clean(html, true));
  for (const element of box.querySelectorAll('.signature, blockquote, img[data-cid]')) element.remove();
  return box.innerHTML;
}
