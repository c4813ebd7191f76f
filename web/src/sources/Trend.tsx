/** A share over time, in a table's cell: a line between nought and one. The number beside it says the last value. */
import { usePalette } from "@/ui/scheme";

const WIDTH = 64;
const HEIGHT = 18;
const PAD = 2;

export function Trend({ values }: { values: readonly number[] }) {
  const colours = usePalette();
  if (values.length < 2) return null;
  const step = (WIDTH - 2 * PAD) / (values.length - 1);
  const points = values.map((value, place) => `${(PAD + place * step).toFixed(1)},${(PAD + (1 - value) * (HEIGHT - 2 * PAD)).toFixed(1)}`);
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`M${PAD} ${PAD}H${WIDTH - PAD}`} stroke={colours.soft} strokeWidth="1" strokeDasharray="3 3" opacity="0.5" />
      <polyline points={points.join(" ")} fill="none" stroke={colours.accent} strokeWidth="1.500" strokeLinejoin="round" />
    </svg>
  );
}
