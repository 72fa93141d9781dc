import { expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { hideSecrets, listing } from './attributes.ts';

const server = await testServer([panda]);
const producer = await pandaCalls(server, 'producer', 'panda.production');
const user = await pandaCalls(server, 'somebody', 'user');
const nobody = await pandaCalls(server, 'nobody');

test('a caller sees what it is taken for', async () => {
  expect(await user.get('system/get_user_attributes')).toEqual({
    success: true,
    message: expect.stringContaining('User DN (clean): somebody\nFQANs: \nProduction user: false\n'),
    data: {
      user_dn_raw: 'somebody',
      user_dn_clean: 'somebody',
      fqans: [],
      is_production_user: false,
      production_working_groups: [],
      primary_working_group: null,
    },
  });
  expect((await producer.get('system/get_user_attributes')).data).toMatchObject({ is_production_user: true });
  expect(await user.get('system/get_voms_attributes')).toEqual({ success: true, message: '', data: {} });
  expect(await user.legacy('getVomsAttr')).toBe('');
});

test('attributes are arguments and what the server knows, sorted', async () => {
  const { data, message } = await user.get('system/get_attributes', { b: '2', a: '1', my_token: 'abc' });
  expect(data).toEqual({
    parameters: { a: '1', b: '2', my_token: '…' },
    environment: { REMOTE_ADDR: '127.0.0.1', SERVER_URL: server.address, SSL_CLIENT_S_DN: 'somebody' },
  });
  expect(message).toMatch(
    /^===== param =====\na = 1\nb = 2\nmy_token = …\n\n====== env ======\nREMOTE_ADDR : /,
  );
  expect(await nobody.get('system/get_attributes')).toMatchObject({ success: false });
});

test('the server is a name and a port', async () => {
  expect(await nobody.legacy('getServer')).toBe(new URL(server.address).host);
});

test('what is named a secret is not shown, whatever its form', () => {
  expect(hideSecrets({ Authorization: 'x', userProxy: ['y'], n: 4, list: [1] })).toEqual({
    Authorization: '…',
    list: '[1]',
    n: '4',
    userProxy: '…',
  });
  expect(listing({}, {})).toBe('===== param =====\n\n====== env ======\n');
});
