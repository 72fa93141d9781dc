import type { PandaHarvesterMetrics } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { clock, duration, measure, stamp } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Ago } from '../shared/time.tsx';
import { metricsQuery } from './harvester-queries.ts';

const windows = [
  [6, '6 h'],
  [24, '24 h'],
  [168, '7 d'],
  [720, '30 d'],
] as const;

type Host = PandaHarvesterMetrics['hosts'][number];
type Series = Host['series'][number];

/** What a figure is called and counted in: `volume_data_pc` is the disk data in percent. */
function figureName(name: string): { word: string; unit: string } {
  const volume = /^volume_(.+)_pc$/.exec(name)?.[1];
  if (volume !== undefined) return { word: `Disk ${volume}`, unit: '%' };
  if (name === 'cpu_pc') return { word: 'Processor', unit: '%' };
  if (name === 'memory_pc') return { word: 'Memory', unit: '%' };
  if (name === 'rss_mib') return { word: 'Resident memory', unit: 'MiB' };
  return name.endsWith('_pc') ? { word: name.slice(0, -3), unit: '%' } : { word: name, unit: '' };
}

/** Processor, memory and disks of the machines that a Harvester runs on. */
export function Figures({ id }: { id: string }) {
  const { hours: asked } = useSearch({ strict: false }) as { hours?: string };
  const navigate = useNavigate();
  const hours = windows.find(([each]) => String(each) === asked)?.[0] ?? 24;
  const { data, error, refetch } = useQuery(metricsQuery(id, hours));
  return (
    <>
      <div className="filter-line">
        <fieldset className="segments" aria-label="Over what time">
          {windows.map(([each, word]) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === hours}
              onClick={() =>
                void navigate({ to: '.', search: { tab: 'figures', hours: String(each) }, replace: true })
              }
            >
              {word}
            </button>
          ))}
        </fieldset>
      </div>
      {data !== undefined ? (
        <Hosts metrics={data} />
      ) : error !== null ? (
        <ErrorPanel what="The figures could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <SkeletonRows rows={8} />
      )}
    </>
  );
}

function Hosts({ metrics }: { metrics: PandaHarvesterMetrics }) {
  if (metrics.hosts.length === 0)
    return (
      <div className="panel">
        <Empty title="It has sent no figures in this time">
          Its service monitor sends them every few minutes, when it is switched on.
        </Empty>
      </div>
    );
  return metrics.hosts.map((host) => (
    <section key={host.host} className="panel">
      <div className="panel-head">
        <h2 className="mono">{host.host}</h2>
        <span className="small quiet">
          last figures <Ago at={host.lastAt} />
        </span>
      </div>
      <div className="panel-pad figure-plots">
        {host.series.map((series) => (
          <Plot key={series.name} series={series} at={metrics.at} host={host.host} />
        ))}
      </div>
      <Certificates host={host} />
    </section>
  ));
}

const width = 240;
const height = 48;

/** A place in a drawing, as exactly as it can be seen. */
const tenths = (place: number): number => Math.round(place * 10) / 10;

/** One figure over time; where nothing was sent there is a gap. */
function Plot({ series, at, host }: { series: Series; at: readonly string[]; host: string }) {
  const { word, unit } = figureName(series.name);
  const known = series.values.filter((value) => value !== null);
  const most = unit === '%' ? Math.max(100, ...known) : Math.max(1, ...known);
  const last = known.at(-1);
  const x = (step: number) => (step * width) / Math.max(1, series.values.length - 1);
  const y = (value: number) => height - 1 - (Math.max(0, value) / most) * (height - 2);
  let isDown = false;
  const path = series.values
    .map((value, step) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      // A lone figure is a short stroke, or nothing would be seen of it.
      const start = isDown ? 'L' : `M${tenths(Math.max(0, x(step) - 1.5))} ${tenths(y(value))}L`;
      const point = `${start}${tenths(x(step))} ${tenths(y(value))}`;
      isDown = true;
      return point;
    })
    .join('');
  const peak = known.length === 0 ? 0 : Math.max(...known);
  const label = `${word} of ${host} from ${stamp(at[0] ?? '')}: last ${last === undefined ? 'unknown' : measure(last, unit)}, at most ${measure(peak, unit)}`;
  return (
    <figure>
      <figcaption className="small">
        <span className="quiet">{word}</span> <b>{last === undefined ? '–' : measure(last, unit)}</b>{' '}
        <span className="faint">at most {measure(peak, unit)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} preserveAspectRatio="none">
        <title>{label}</title>
        <path d={`M0 ${height - 0.5}H${width}M0 .5H${width}`} className="hour-line" />
        <path d={path} className="figure-line" />
      </svg>
      <span className="small faint row tight">
        {clock(at[0] ?? '', false)} – {clock(at.at(-1) ?? '', false)}
      </span>
    </figure>
  );
}

/** Less than this is soon. */
const soonHours = 48;

function Certificates({ host }: { host: Host }) {
  const rows = Object.entries(host.certificates);
  if (rows.length === 0) return null;
  return (
    <table className="table" aria-label={`Certificates of ${host.host}`}>
      <thead>
        <tr>
          <th scope="col">Certificate</th>
          <th scope="col" className="num">
            Runs out in
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([file, hours]) => (
          <tr key={file}>
            <td className="fill mono wrap-any">{file}</td>
            <td className="num">
              {hours < soonHours && <Glyph face={hours <= 0 ? 'bad' : 'partial'} size={11} />}{' '}
              {hours <= 0 ? 'has run out' : duration(hours * 3600)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
