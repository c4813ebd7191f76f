/** Intervals on one scale: best estimate as the point, what is proven at least as the left end, zero dashed. */
import { usePalette } from "@/ui/scheme";

export interface Interval {
  key: string | number;
  name: string;
  low: number | null;
  middle: number | null;
  high: number | null;
  target?: number | null;
  isProven: boolean;
  words: string;
}

const WIDTH = 400;

/** `beside` holds numbers of others that are drawn on the same scale. */
export function Intervals({ rows, beside = [] }: { rows: readonly Interval[]; beside?: readonly number[] }) {
  const colours = usePalette();
  const own = rows.flatMap((row) => [row.low, row.middle, row.high, row.target ?? null]).filter((value): value is number => value !== null);
  const values = [...own, ...beside];
  const low = Math.min(0, ...values);
  const high = Math.max(...values, 1e-9);
  const x = (value: number) => 4 + ((value - low) / (high - low || 1)) * (WIDTH - 8);
  return (
    <div className="intervals">
      {rows.map((row) => (
        <div key={row.key} className="interval-row">
          <span>{row.name}</span>
          {row.middle === null ? (
            <span className="soft">{row.words}</span>
          ) : (
            <svg viewBox={`0 0 ${WIDTH} 22`} preserveAspectRatio="none" role="img" aria-label={row.words}>
              <title>{row.words}</title>
              <line x1={x(0)} x2={x(0)} y1={0} y2={22} stroke={colours.line} vectorEffect="non-scaling-stroke" />
              {row.target !== null && row.target !== undefined && <line x1={x(row.target)} x2={x(row.target)} y1={0} y2={22} stroke={colours.ink} strokeDasharray="4 3" vectorEffect="non-scaling-stroke" />}
              {row.low !== null && row.high !== null && (
                <line x1={x(row.low)} x2={x(row.high)} y1={11} y2={11} stroke={row.isProven ? colours.accent : colours.faint} strokeWidth={7} strokeOpacity={0.28} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
              )}
              <line x1={x(row.middle)} x2={x(row.middle)} y1={4} y2={18} stroke={row.isProven ? colours.accent : colours.faint} strokeWidth={3} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
            </svg>
          )}
        </div>
      ))}
    </div>
  );
}
