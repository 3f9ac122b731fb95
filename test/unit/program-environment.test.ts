import { describe, expect, it } from 'vitest';
import { readEnvironment, readServiceEnvironment } from '../../bin/parts/environment.ts';

describe('the environment of the whole system', () => {
  it('needs nothing', () => {
    expect(readEnvironment({ POSTERN_BIND: '' })).toMatchObject({
      home: './.postern',
      bind: '127.0.0.1',
      portBase: 10_000,
      proxy: false,
      demo: true,
    });
  });

  it('names what is wrong in one line', () => {
    expect(() => readEnvironment({ POSTERN_BIND: 'localhost' })).toThrow(
      /^POSTERN_BIND is "localhost": it must be an IP address$/,
    );
  });
});

describe('the environment of a program on AWS', () => {
  const variables = {
    POSTERN_BIND: '0.0.0.0',
    POSTERN_PORT_BASE: '10000',
    POSTERN_PORTS: '25,465,587',
    POSTERN_PROXY: '1',
    POSTERN_TLS_SECRET: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:tls',
    POSTERN_HEALTH_PORT: '8025',
  };

  it('is what the stacks set', () => {
    expect(readServiceEnvironment(variables)).toEqual({
      bind: '0.0.0.0',
      portBase: 10_000,
      proxy: true,
      ports: [25, 465, 587],
      tlsSecret: variables.POSTERN_TLS_SECRET,
      healthPort: 8025,
    });
    const { POSTERN_PORTS: _, ...all } = variables;
    expect(readServiceEnvironment(all).ports).toBeUndefined();
  });

  it.each([
    ['POSTERN_TLS_SECRET', undefined, /^POSTERN_TLS_SECRET is not set: it must be the ARN of a secret$/],
    ['POSTERN_HEALTH_PORT', '0', /^POSTERN_HEALTH_PORT is "0": it must be a port$/],
    ['POSTERN_PORTS', '25;465', /^POSTERN_PORTS is "25;465": it must be standard ports/],
  ])('says what is wrong with %s', (name, value, line) => {
    expect(() => readServiceEnvironment({ ...variables, [name]: value })).toThrow(line);
  });
});
