import { fastify } from 'fastify';
import { say, settingsOf } from './child.ts';

export interface HelloSettings {
  /** What `GET /text` answers. */
  text?: string;
}

/** Fastify with nothing around it: what no server built on it can be faster than. */
const { text = 'hello' } = settingsOf<HelloSettings>();
const app = fastify({ logger: false });
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/bytes', async () => 'StatusCode=0&command=NULL');
app.post('/hello', async () => ({ ticketId: 1 }));
app.get('/text', async (_request, reply) => reply.type('application/xml').send(text));
const address = await app.listen({ port: 0, host: '127.0.0.1' });
await say(address);
