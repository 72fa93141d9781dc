import { work } from './groups.ts';
import { show } from './show.ts';
import { twoServers } from './world.ts';

show(await twoServers(), work);
