import { protocol } from './groups.ts';
import { show } from './show.ts';
import { aWorld } from './world.ts';

show(await aWorld(), protocol);
