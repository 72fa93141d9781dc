/** A line of 24 h without axis, with a dot at now. Hover gives the last value; the figures stand in the table beside. */
export function Spark({
  values,
  label,
  width = 136,
  height = 22,
}: {
  values: number[];
  label: string;
  width?: number;
  height?: number;
}) {
  if (values.length < 2) return <span className="faint small">no data yet</span>;
  const most = Math.max(...values, 1);
  const x = (index: number) => 1 + (index * (width - 5)) / (values.length - 1);
  const y = (value: number) => height - 3 - (value / most) * (height - 6);
  const points = values
    .map((value, index) => `${Math.round(10 * x(index)) / 10},${Math.round(10 * y(value)) / 10}`)
    .join(' ');
  const last = values.length - 1;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      className="faint"
    >
      <title>{label}</title>
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.2" />
      <circle cx={x(last)} cy={y(values[last] ?? 0)} r="1.9" fill="currentColor" />
    </svg>
  );
}
