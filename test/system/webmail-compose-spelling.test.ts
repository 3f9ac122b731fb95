/** Spelling in the webmail: dictionaries, and words of one's own. */
import { beforeAll, expect, it } from 'vitest';
import { BOB, openWebmail } from '../support/webmail.ts';
import { Behind, body, composer, discard, WAIT, write } from '../support/webmail-compose.ts';

const webmail = openWebmail();
const behind = new Behind(webmail);

beforeAll(() => behind.prefer({ undoSeconds: 0 }));

it('finds misspelt words, and takes words into a dictionary that is there after signing in again (IM-14)', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Words', 'A mistaek by Kowalczykian standards.');
  const panel = page.getByRole('region', { name: 'Check spelling' });
  const check = composer(page).getByRole('button', { name: 'Check spelling' });
  await check.click();
  await panel.getByText('“mistaek” is in no dictionary (1 of 2)').waitFor();
  expect(await body(page).getAttribute('spellcheck')).toBe('false');
  expect(await page.evaluate('[...CSS.highlights.get("misspelling")].map(String).join()')).not.toBe('');
  await panel.getByRole('button', { name: 'mistake', exact: true }).click();
  await expect.poll(() => body(page).textContent(), WAIT).toContain('A mistake by');
  await panel.getByText('“Kowalczykian”').waitFor();
  await panel.getByRole('button', { name: 'Add to dictionary' }).click();
  await panel.getByText('No misspellings found').waitFor();
  await discard(page);

  const again = await webmail.open();
  await write(again, [BOB], 'Words', 'Kowalczykian, and teh end.');
  await composer(again).getByRole('button', { name: 'Check spelling' }).click();
  await again.getByText('“teh” is in no dictionary (1 of 1)').waitFor();
  await discard(again);
});

it('checks a text in its own language, and in another where that is chosen', async () => {
  const page = await webmail.open();
  await write(page, [BOB], 'Palabras', 'Gracias por la cassa, es muy bonita y nos gusta.');
  const panel = page.getByRole('region', { name: 'Check spelling' });
  await composer(page).getByRole('button', { name: 'Check spelling' }).click();
  const language = panel.getByRole('combobox', { name: 'Language of the text' });
  expect(await language.inputValue()).toBe('es');
  await panel.getByText('“cassa” is in no dictionary (1 of 1)').waitFor();
  await panel.getByRole('button', { name: 'casa', exact: true }).click();
  await panel.getByText('No misspellings found').waitFor();
  expect(await body(page).textContent()).toContain('por la casa, es');
  const french = () => webmail.requests(page).filter((url) => url.includes('dictionary-fr'));
  expect(french()).toEqual([]);

  await body(page).press('Control+a');
  await page.keyboard.type("Bonjuor, l'homme qu'il a vu aujourd'hui est d'ici.");
  await language.selectOption('fr');
  await panel.getByText('“Bonjuor” is in no dictionary (1 of 1)').waitFor();
  expect(french()).not.toEqual([]);
  await panel.getByRole('button', { name: 'Bonjour', exact: true }).click();
  await panel.getByText('No misspellings found').waitFor();
  expect(await body(page).textContent()).toContain("Bonjour, l'homme");
  await discard(page);
});
