import { fastify } from 'fastify';
import { say } from './child.ts';

/** Fastify with nothing around it: what no server built on it can be faster than. */
const app = fastify({ logger: false });
app.post('/hello', async () => ({ ticketId: 1 }));
const address = await app.listen({ port: 0, host: '127.0.0.1' });
await say(address);
