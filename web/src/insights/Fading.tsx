/** How a weight fades: half of it is left after every half-life. */
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";

const WIDTH = 320;
const HEIGHT = 64;
const SPANS = 4;
const STEPS = 48;

export function Fading({ halfLife, weight }: { halfLife: number | null; weight: number }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const at = (step: number) => weight * (halfLife === null ? 1 : 2 ** -((step / STEPS) * SPANS));
  const points = Array.from({ length: STEPS + 1 }, (_, step) => `${(step / STEPS) * WIDTH},${(1 - at(step)) * (HEIGHT - 4) + 2}`);
  const words = halfLife === null ? t("one.neverFades") : t("one.fades", { days: formats.number(halfLife), twice: formats.number(halfLife * 2) });
  return (
    <figure className="tag-fading">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
        <path d={`M0 ${HEIGHT / 2}H${WIDTH}`} className="tag-fading-half" />
        <polyline points={points.join(" ")} className="tag-fading-line" />
      </svg>
      <figcaption className="soft">{words}</figcaption>
    </figure>
  );
}
