/** The product in one picture: a goal, the measured line on its way there, and what of it is proven. */
import { useTranslation } from "react-i18next";
import { usePalette } from "@/ui/scheme";

const ESTIMATE = "M24 300 C 90 292, 120 268, 168 236 S 250 170, 306 152 S 396 104, 452 84";
const PROVEN = "L452 122 C 396 146, 360 176, 306 204 S 220 262, 168 284 S 80 302, 24 304 Z";
const ROUNDS: [number, number][] = [
  [24, 300],
  [102.75, 277],
  [168, 236],
  [234, 188.75],
  [306, 152],
  [379, 118.75],
];

export function Motif() {
  const { t } = useTranslation("governance");
  const c = usePalette();
  return (
    <svg className="motif" viewBox="0 0 480 340" role="img" aria-label={t("picture.description")}>
      <line x1="0" x2="480" y1="72" y2="72" stroke={c.soft} strokeWidth="1.5" strokeDasharray="6 5" />
      <text x="0" y="58" fill={c.soft} className="motif-word">
        {t("picture.goal")}
      </text>
      <path d={`${ESTIMATE}${PROVEN}`} fill={c.band} />
      <path className="motif-line" d={ESTIMATE} fill="none" stroke={c.accent} strokeWidth="3" strokeLinecap="round" pathLength="1" />
      {ROUNDS.map(([x, y]) => (
        <circle key={x} cx={x} cy={y} r="3.5" fill={c.raised} stroke={c.accent} strokeWidth="1.75" />
      ))}
      <circle className="motif-now" cx="452" cy="84" r="6" fill={c.accent} stroke={c.raised} strokeWidth="2.5" />
      <text x="330" y="238" fill={c.soft} className="motif-word">
        {t("picture.proven")}
      </text>
      <line x1="0" x2="480" y1="320" y2="320" stroke={c.line} />
    </svg>
  );
}
