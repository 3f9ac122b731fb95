import { ACTIONS } from '../../data/actions.ts';
import { t } from '../../i18n/index.ts';
import { COMMANDS, keyName } from '../mail/commands.ts';
import { Group, Toggle } from './parts.tsx';

/** Every key, from the tables that the pages themselves use. */
export default function Keyboard() {
  return (
    <>
      <Group intro={t('keyboard.intro')}>
        <Toggle name="shortcuts" label={t('appearance.shortcuts')} hint={t('appearance.shortcutsHint')} />
      </Group>
      <Group title={t('keyboard.list')}>
        <Keys rows={COMMANDS.map(({ name, label, keys }) => [name, t(label), keys])} />
      </Group>
      <Group title={t('keyboard.messages')}>
        <Keys
          rows={ACTIONS.flatMap(({ name, label, key }) =>
            key === undefined ? [] : [[name, t(label), [key]] as const],
          )}
        />
      </Group>
    </>
  );
}

function Keys({ rows }: { readonly rows: readonly (readonly [string, string, readonly string[]])[] }) {
  return (
    <table class="set-table set-keys">
      <thead class="sr">
        <tr>
          <th scope="col">{t('keyboard.does')}</th>
          <th scope="col">{t('keyboard.key')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, label, keys]) => (
          <tr key={name}>
            <th scope="row">{label}</th>
            <td>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
