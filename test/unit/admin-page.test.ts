import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, adminWorld, serveAdmin } from './admin-support.ts';

let world: AdminWorld;
let server: Awaited<ReturnType<typeof serveAdmin>>;

interface Document {
  readonly [key: string]: unknown;
  readonly paths: Record<string, Record<string, { operationId: string; responses: unknown }>>;
}

beforeAll(async () => {
  world = adminWorld();
  server = await serveAdmin(world);
});
afterAll(() => server.close(1_000));

const specification = async () => (await (await fetch(`${server.url}/admin/v1/openapi.json`)).json()) as Document;

describe('what the admin API says of itself', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = await specification();
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
    document.paths['/admin/v1/domains']!.get!.responses = [];
    expect((await new Validator().validate(document)).valid).toBe(false);
  });

  it('is a page of text and one style, that names every operation', async () => {
    const { paths } = await specification();
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(40);
    for (const where of ['/admin/v1/', '/admin/v1']) {
      const answer = await fetch(server.url + where);
      const page = await answer.text();
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; /);
      expect(policy).not.toContain('unsafe');
      expect(page.replaceAll('https://json-schema.org/', '')).not.toMatch(/<script|https?:|\sstyle=|<[^>]*\son\w+=/i);
      for (const path of Object.keys(paths)) expect(page).toContain(`<code>${path}</code>`);
      for (const { operationId } of operations) expect(page).toContain(`id="${operationId}"`);
    }
  });
});
