import type { Capacity } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { Empty } from '../shared/blanks.tsx';
import { exact, measure, milliseconds, percent } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import type { Face } from '../shared/states.ts';

/** Busy share over which a process should be added, and over which requests wait. */
export const busyLimit = 0.8;

export function capacityFace(share: number): Face {
  return share > 1 ? 'bad' : share > busyLimit ? 'partial' : 'good';
}

/** How many hosts more bring the busy share below the limit. */
export function missingHosts({ busy, slotsPerHost, hosts }: Capacity): number {
  return Math.max(1, Math.ceil(busy / (busyLimit * slotsPerHost)) - hosts);
}

export function capacitySentence(capacity: Capacity): string {
  const share = capacity.busy / capacity.room;
  if (share > 1)
    return `of what the web processes can do is asked; requests wait. Add ${missingHosts(capacity)}.`;
  if (share > busyLimit)
    return `of the web processes are busy; add ${missingHosts(capacity)} before it is full`;
  if (share > 0.5) return 'of the web processes are busy; there is room';
  const times = Math.floor(1 / Math.max(share, 0.001));
  return times >= 10
    ? 'of the web processes are busy; room for ten times the load'
    : `of the web processes are busy; room for ${times === 2 ? 'twice' : `${times} times`} the load`;
}

/** Is there room? A×R against M×W, as sentence, bar, sum and table. */
export function CapacityPanel({ capacity, whole = false }: { capacity: Capacity; whole?: boolean }) {
  return (
    <section>
      <div className="section-head">
        <h2>Capacity</h2>
        {!whole && (
          <Link to="/admin/capacity" className="small">
            Capacity page
          </Link>
        )}
      </div>
      <div className="panel panel-pad">
        {capacity.since === null || capacity.room === 0 ? (
          <Empty title="Nothing measured yet">The first figures come a minute after the start.</Empty>
        ) : (
          <Measured capacity={capacity} />
        )}
      </div>
    </section>
  );
}

function Measured({ capacity }: { capacity: Capacity }) {
  const { busy, room, perSecond, meanMs, hosts, slotsPerHost } = capacity;
  const share = busy / room;
  const face = capacityFace(share);
  const families = [...capacity.families].sort((a, b) => b.busy - a.busy);
  const ramp = families.length <= 5;
  return (
    <>
      <div className="row base">
        {face !== 'good' && <Glyph face={face} size={16} />}
        <span className={`figure ${face === 'good' ? '' : `tone-${face}`}`}>{percent(share)}</span>
        <span className="quiet grow">{capacitySentence(capacity)}</span>
      </div>
      <div className="capacity-bar" aria-hidden="true">
        {ramp ? (
          families.map((family, index) => (
            <i
              key={family.name}
              className={`p${index + 1}`}
              style={{ width: `${(100 * family.busy) / Math.max(room, busy)}%` }}
            />
          ))
        ) : (
          <i className="p2" style={{ width: `${(100 * busy) / Math.max(room, busy)}%` }} />
        )}
        <span className="limit" />
      </div>
      <div className="capacity-scale">
        <span>0</span>
        <span className="limit">80 % add a process</span>
        <span>{measure(room)}</span>
      </div>
      <p
        className="sum mono"
        title="A: mean processing time. R: requests per second. M: hosts. W: requests a host works on at once."
      >
        <b className="strong">A×R</b> {milliseconds(meanMs)} × {measure(perSecond)}/s = {measure(busy)}{' '}
        busy&nbsp; {busy < room ? '<' : '≥'}
        &nbsp; <b className="strong">M×W</b> {exact(hosts)} {hosts === 1 ? 'host' : 'hosts'} ×{' '}
        {measure(slotsPerHost)} = {measure(room)}
      </p>
      <table className="table" style={{ margin: '0 -16px', width: 'calc(100% + 32px)' }}>
        <thead>
          <tr>
            <th scope="col">Calls, last 5 min</th>
            <th scope="col" className="num">
              R, per s
            </th>
            <th scope="col" className="num">
              A, mean
            </th>
            <th scope="col" className="num">
              busy
            </th>
          </tr>
        </thead>
        <tbody>
          {families.map((family, index) => (
            <tr key={family.name}>
              <td className="fill">
                {ramp && <i className={`swatch p${index + 1}`} />}
                {family.name}
              </td>
              <td className="num">{measure(family.perSecond)}</td>
              <td className="num">{milliseconds(family.meanMs)}</td>
              <td className="num">{measure(family.busy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {families.length === 0 && <p className="small quiet">No call in the last 5 min.</p>}
    </>
  );
}
