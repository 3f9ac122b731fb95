import { useSignal } from '@preact/signals';
import { account } from '../../api/account.ts';
import { appleProfile, type ClientServer, readServers } from '../../data/settings.ts';
import { t } from '../../i18n/index.ts';
import { NewAppPassword } from './app-passwords.tsx';
import { CopyButton } from './copy.tsx';
import { Group, useLoaded } from './parts.tsx';

const ORDER = ['imap', 'smtp', 'pop3'] as const;

/** How mail programs are set up for this account. */
export default function Devices() {
  const address = account.value?.address ?? '';
  const { value, notice } = useLoaded(() => readServers(address), address);
  const isAdding = useSignal(false);
  return (
    <>
      <Group intro={t('devices.intro')}>
        <ol class="set-steps">
          <li>
            <p>{t('devices.step1')}</p>
            <button
              type="button"
              class="button"
              onClick={() => {
                isAdding.value = true;
              }}
            >
              {t('apps.add')}
            </button>
          </li>
          <li>
            <p>{t('devices.step2')}</p>
            <ul class="set-plain">
              <li>{t('devices.thunderbird')}</li>
              <li>
                {t('devices.apple')}{' '}
                <a href={appleProfile(address)} download>
                  {t('devices.profile')}
                </a>
              </li>
              <li>{t('devices.android')}</li>
            </ul>
          </li>
          <li>
            <p>{t('devices.step3')}</p>
          </li>
        </ol>
        {isAdding.value && (
          <NewAppPassword
            onClose={() => {
              isAdding.value = false;
            }}
          />
        )}
      </Group>
      <Group title={t('devices.servers')}>
        {notice}
        <dl class="set-facts">
          <dt>{t('devices.user')}</dt>
          <dd>
            <bdi>{address}</bdi> <CopyButton text={address} />
          </dd>
        </dl>
        {value !== undefined && (
          <div class="set-wide">
            <table class="set-table">
              <thead>
                <tr>
                  <th scope="col">{t('devices.for')}</th>
                  <th scope="col">{t('devices.server')}</th>
                  <th scope="col">{t('devices.port')}</th>
                  <th scope="col">{t('devices.security')}</th>
                </tr>
              </thead>
              <tbody>
                {ORDER.flatMap((wanted) => value.filter(({ protocol }) => protocol === wanted)).map((one) => (
                  <Server key={`${one.protocol}${one.port}`} {...one} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Group>
    </>
  );
}

function Server({ protocol, host, port, tls }: ClientServer) {
  return (
    <tr>
      <th scope="row">{t(`devices.${protocol}`)}</th>
      <td dir="ltr">{host}</td>
      <td>{port}</td>
      <td>{tls === 'implicit' ? 'SSL/TLS' : 'STARTTLS'}</td>
    </tr>
  );
}
