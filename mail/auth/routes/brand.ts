import * as z from 'zod';
import { textOn } from '../../directory/brand.ts';
import { type AuthRoute, route } from '../access.ts';

const name = z.string().max(253).optional();

const link = z.object({ name: z.string(), url: z.string() });

/** How the pages look, and what their domain says to who is there. */
export const brand: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/brand',
    summary: 'How the pages of a domain look; of a host, those of the domain it belongs to',
    access: 'anyone',
    query: z.object({ domain: name, host: name.describe('As a browser asked for it; domain goes before') }),
    response: z.object({
      domain: z.string().optional().describe('Of ours, which the host belongs to'),
      name: z.string().optional(),
      logo: z.string().optional().describe('The address of an image, with all of it inside (data:)'),
      accent: z.string().optional().describe('#rrggbb'),
      onAccent: z.string().optional().describe('The colour of text on it'),
      title: z.string().optional().describe('Heading of the sign-in page'),
      page: z.string().optional().describe('HTML as the administrator wrote it: make it harmless before it is shown'),
      footer: z.string().optional(),
      support: z.string().optional().describe('Whom the help pages ask'),
      others: z.array(link).describe('Other webmails'),
      webmail: z.boolean().describe('Whether the webmail lets its people in'),
    }),
    async handle({ deps: { directory, doors }, query }) {
      const domain = query.domain ?? (query.host === undefined ? undefined : await doors.domainAt(query.host));
      const at = domain === undefined ? {} : { domain };
      const [name, logo, accent, title, page, footer, support, others, webmail] = await Promise.all([
        directory.setting('brand.name', at),
        directory.setting('brand.logo', at),
        directory.setting('brand.accent', at),
        directory.setting('brand.title', at),
        directory.setting('brand.page', at),
        directory.setting('brand.footer', at),
        directory.setting('web.support', at),
        directory.setting('web.others', at),
        directory.setting('accounts.webmail', at),
      ]);
      const given = {
        domain: query.domain === undefined ? domain : undefined,
        name,
        logo,
        accent,
        title,
        page,
        footer,
        support,
      };
      return {
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)),
        ...(accent === null ? {} : { onAccent: textOn(accent) }),
        others: others ?? [],
        webmail,
      };
    },
  }),
  route({
    method: 'GET',
    path: '/announcement',
    summary: 'What your domain has to say at the moment',
    access: 'self',
    response: z.object({
      announcement: z
        .object({
          text: z.string(),
          link: z.object({ url: z.string(), label: z.string().optional() }).optional(),
          until: z.string().optional(),
        })
        .optional(),
    }),
    async handle({ deps: { directory, clock }, who }) {
      const said = await directory.setting('brand.announcement', { account: who.account.address });
      const isOver = said?.until !== undefined && Date.parse(said.until) <= clock.now();
      return said === null || isOver ? {} : { announcement: said };
    },
  }),
];
