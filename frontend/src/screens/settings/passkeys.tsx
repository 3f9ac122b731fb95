import { useSignal } from '@preact/signals';
import {
  addPasskey,
  type Passkey,
  readPasskeys,
  removePasskey,
  renamePasskey,
  thisDevice,
} from '../../data/security.ts';
import { longDate, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { recently } from './confirm.tsx';
import { Field, Group, Item, Problem, Removing, useDeed, useLoaded } from './parts.tsx';

export function Passkeys() {
  const { value, notice, reload } = useLoaded(readPasskeys);
  const deed = useDeed();
  const naming = useSignal<Passkey | 'new' | undefined>(undefined);
  const isPossible = typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
  const close = () => {
    naming.value = undefined;
  };
  const save = async (name: string) => {
    const one = naming.value;
    if (one === 'new') await recently(() => making(name));
    else await renamePasskey(one!.id, name);
    close();
    await reload();
  };
  return (
    <Group title={t('passkeys.title')} intro={t('passkeys.intro')}>
      {notice}
      <Problem text={deed.error} />
      <ul class="set-list">
        {value?.map((one) => (
          <Item
            key={one.id}
            title={one.name}
            text={
              one.used === undefined
                ? t('passkeys.added', { date: longDate(one.added) })
                : t('passkeys.used', { date: longDate(one.used) })
            }
          >
            <button
              type="button"
              class="link"
              onClick={() => {
                naming.value = one;
              }}
            >
              {t('settings.rename')}
            </button>
            <Removing
              label={t('settings.remove')}
              title={t('passkeys.remove', { name: one.name })}
              text={t('passkeys.removeText')}
              onYes={() => void deed.run(() => recently(() => removePasskey(one.id)).then(reload))}
            />
          </Item>
        ))}
      </ul>
      {isPossible ? (
        <button
          type="button"
          class="button"
          onClick={() => {
            naming.value = 'new';
          }}
        >
          {t('passkeys.add')}
        </button>
      ) : (
        <p class="muted">{t('passkeys.cannot')}</p>
      )}
      {naming.value !== undefined && (
        <Naming
          title={t(naming.value === 'new' ? 'passkeys.add' : 'settings.rename')}
          name={naming.value === 'new' ? thisDevice() : naming.value.name}
          onSave={save}
          onClose={close}
        />
      )}
    </Group>
  );
}

/** The browser's own words for "nobody made one" help nobody. */
async function making(name: string): Promise<Passkey> {
  try {
    return await addPasskey(name);
  } catch (error) {
    if ((error as Error).name === 'InvalidStateError') throw new Error(t('passkeys.already'));
    if ((error as Error).name === 'NotAllowedError') throw new Error(t('passkeys.notMade'));
    throw error;
  }
}

function Naming({
  title,
  name,
  onSave,
  onClose,
}: {
  readonly title: string;
  readonly name: string;
  readonly onSave: (name: string) => Promise<void>;
  readonly onClose: () => void;
}) {
  const text = useSignal(name);
  const deed = useDeed();
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="set-form"
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(() => onSave(text.value.trim()));
        }}
      >
        <Field label={t('passkeys.name')} hint={t('passkeys.nameHint')}>
          <input
            name="name"
            required
            maxLength={100}
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
        </Field>
        <Problem text={deed.error} />
        <div class="set-foot">
          <button type="submit" class="primary" disabled={deed.busy}>
            {t('settings.save')}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
