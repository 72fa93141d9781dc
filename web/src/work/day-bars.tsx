/** A bar for each day, the last one today: what acted stands below, what was only written down above it, paler. */
export function DayBars({
  acted,
  noted,
  label,
}: {
  acted: readonly number[];
  noted: readonly number[];
  label: string;
}) {
  const width = 8;
  const height = 22;
  const most = Math.max(1, ...acted.map((each, day) => each + (noted[day] ?? 0)));
  const tall = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * (height - 1)));
  return (
    <svg
      width={acted.length * width}
      height={height}
      viewBox={`0 0 ${acted.length * width} ${height}`}
      role="img"
      aria-label={label}
      className="faint day-bars"
    >
      <title>{label}</title>
      <line x1="0" x2={acted.length * width} y1={height - 0.5} y2={height - 0.5} />
      {acted.map((value, day) => {
        const below = tall(value);
        const above = tall(noted[day] ?? 0);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: days never move
          <g key={day}>
            <rect x={day * width + 1} y={height - below} width={width - 2} height={below} />
            <rect
              className="pale"
              x={day * width + 1}
              y={height - below - above}
              width={width - 2}
              height={above}
            />
          </g>
        );
      })}
    </svg>
  );
}
