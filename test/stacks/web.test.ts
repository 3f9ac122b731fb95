import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { framePolicy, PAGE_HEADERS, pagePolicy } from '../../frontend/policy.ts';
import { WebFiles } from '../../lib/constructs/web-files.ts';
import { PATHS as CLIENT_PATHS } from '../../mail/clients/http.ts';
import { PROJECT, type Resource, resourcesOf, synthesize } from './synthesize.ts';

const OWN = {
  webHost: 'webmail.example.org',
  webCertificate: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
};

const FRAME_HTML = readFileSync(join(PROJECT, 'frontend', 'frame', 'dist', 'frame.html'), 'utf8');

const BY_CLOUDFRONT = synthesize().templates.get('web')!;
const BY_OWN_NAME = synthesize(OWN).templates.get('web')!;

/** Those of a type in the web stack, by what their names begin with. */
function web(type: string, template = BY_CLOUDFRONT): (name: string) => Resource {
  const all = resourcesOf(template).filter(([, one]) => one.Type === type);
  return (name) => {
    const found = all.filter(([id]) => id.startsWith(name));
    if (found.length !== 1) throw new Error(`${found.length} of ${name} in ${all.map(([id]) => id)}`);
    return found[0]![1];
  };
}

/** A text of a template in which references stand as their names. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Record<string, [string, unknown[]]>;
  if (attribute !== undefined) return attribute.join('.');
  return join![1].map(text).join(join![0]);
}

interface Headers {
  readonly SecurityHeadersConfig: {
    readonly ContentSecurityPolicy: { readonly ContentSecurityPolicy: unknown };
    readonly ContentTypeOptions: unknown;
    readonly ReferrerPolicy?: { readonly ReferrerPolicy: string };
  };
  readonly CustomHeadersConfig?: { readonly Items: readonly { readonly Header: string; readonly Value: string }[] };
}

function headersOf(resource: Resource): Headers {
  return (resource.Properties as { ResponseHeadersPolicyConfig: Headers }).ResponseHeadersPolicyConfig;
}

describe('the webmail in the cloud', () => {
  it('has the policy that it has on one machine', () => {
    const policy = web('AWS::CloudFront::ResponseHeadersPolicy');
    const page = headersOf(policy('SiteHeaders'));
    const csp = text(page.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy);
    const frame = /frame-src (https:\/\/FrameDistribution\w+\.DomainName);/.exec(csp)![1]!;
    expect(csp).toBe(pagePolicy(frame));
    expect(page.SecurityHeadersConfig.ContentTypeOptions).toEqual({ Override: true });
    const others = page.CustomHeadersConfig!.Items.map(({ Header, Value }) => [Header, Value]);
    const referrer = page.SecurityHeadersConfig.ReferrerPolicy!.ReferrerPolicy;
    expect(Object.fromEntries([...others, ['referrer-policy', referrer]])).toEqual(PAGE_HEADERS);
  });

  it.each([
    ['https://*.cloudfront.net', BY_CLOUDFRONT],
    ['https://webmail.example.org', BY_OWN_NAME],
  ])('shows messages in a frame of another domain, which only %s may hold', (pages, template) => {
    const { ContentSecurityPolicy } = headersOf(
      web('AWS::CloudFront::ResponseHeadersPolicy', template)('FrameHeaders'),
    ).SecurityHeadersConfig;
    expect(text(ContentSecurityPolicy.ContentSecurityPolicy)).toBe(framePolicy(FRAME_HTML, [pages]));
  });

  it('has nothing where the frame is but the frame', () => {
    const distribution = web('AWS::CloudFront::Distribution', BY_OWN_NAME);
    const config = (name: string) =>
      (distribution(name).Properties as { DistributionConfig: Record<string, unknown> }).DistributionConfig;
    const frame = config('FrameDistribution');
    expect(frame.CacheBehaviors).toBeUndefined();
    expect(frame.Aliases).toBeUndefined();
    expect((frame.Origins as { OriginPath: string }[]).map(({ OriginPath }) => OriginPath)).toEqual(['/frame']);
    const site = config('SiteDistribution');
    const paths = (site.CacheBehaviors as { PathPattern: string }[]).map(({ PathPattern }) => PathPattern);
    expect(paths).toEqual(expect.arrayContaining(['/auth/*', '/jmap/*', '/.well-known/jmap', '/jmap/events']));
    // What mail programs ask for goes to the function that tells them.
    const clients = Object.values(CLIENT_PATHS).map((path) => (path.includes('.') ? path : `${path}/*`));
    expect(paths).toEqual(expect.arrayContaining(clients));
    expect(site.Aliases).toEqual(['webmail.example.org']);
  });

  it.each([
    ['/', '/index.html'],
    ['/mail/a/b', '/index.html'],
    ['/settings/', '/index.html'],
    ['/assets/index-AbCd1234.js', '/assets/index-AbCd1234.js'],
    ['/webmail.json', '/webmail.json'],
    ['/mail.d/x', '/index.html'],
  ])('answers %s with %s', (asked, file) => {
    const { FunctionCode } = web('AWS::CloudFront::Function')('SitePage').Properties as { FunctionCode: string };
    const answered = runInNewContext(`${FunctionCode}; handler({ request: { uri: ${JSON.stringify(asked)} } }).uri`);
    expect(answered).toBe(file);
  });

  it('keeps files for ever whose names change with them, and asks for the pages again; the files come first', () => {
    const upload = web('Custom::CDKBucketDeployment');
    const cache = (name: string) =>
      (upload(name).Properties as { SystemMetadata: Record<string, string> }).SystemMetadata['cache-control'];
    expect(cache('WebAssets')).toBe('public, max-age=31536000, immutable');
    expect(cache('WebPages')).toBe('no-cache');
    expect(cache('WebFrame')).toBe('no-cache');
    const { DependsOn } = upload('WebPages') as Resource & { readonly DependsOn: readonly string[] };
    expect(DependsOn.some((id) => id.startsWith('WebAssets'))).toBe(true);
    for (const name of ['WebAssets', 'WebPages', 'WebFrame'])
      expect(upload(name).Properties).toMatchObject({ Prune: false });
  });

  it('is not made before it is built, and says how', () => {
    expect(() => new WebFiles(new Stack(new App(), 'Test'), 'Web', '/no/such/folder')).toThrow(
      'The webmail is not built: run "npm run prepare" first.',
    );
  });
});
