/** Why so many groups: silhouette and elbow for every number that was tried. */
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import type { Report } from "./types";

const WIDTH = 300;
const HEIGHT = 130;
const FOOT = 18;

export function Choice({ report }: { report: Report }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const words = { k: report.k, silhouette: formats.number(report.silhouette ?? 0), sample: formats.exact(report.sample) };
  return (
    <>
      <p>{report.is_set ? t("cluster.wasSet", words) : t("cluster.wasChosen", words)}</p>
      <div className="choice">
        <Line title={t("cluster.silhouette")} text={t("cluster.silhouetteText")} values={report.candidates.map((one) => [one.k, one.silhouette])} chosen={report.k ?? 0} />
        <Line title={t("cluster.elbow")} text={t("cluster.elbowText")} values={report.candidates.map((one) => [one.k, one.unexplained])} chosen={report.k ?? 0} />
      </div>
    </>
  );
}

interface LineProps {
  title: string;
  text: string;
  values: [number, number][];
  chosen: number;
}

function Line({ title, text, values, chosen }: LineProps) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const most = Math.max(...values.map(([, value]) => value), 0.01);
  const x = (place: number) => 22 + (place / Math.max(values.length - 1, 1)) * (WIDTH - 44);
  const y = (value: number) => HEIGHT - FOOT - (Math.max(value, 0) / most) * (HEIGHT - FOOT - 22);
  const told = values.map(([k, value]) => t("cluster.point", { k, value: formats.number(value) })).join("; ");
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong>
        <span className="soft">{text}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${told}`}>
        <polyline className="choice-line" points={values.map(([, value], place) => `${x(place)},${y(value)}`).join(" ")} />
        {values.map(([k, value], place) => (
          <g key={k} data-chosen={k === chosen}>
            <circle cx={x(place)} cy={y(value)} r={k === chosen ? 5 : 3} />
            <text x={x(place)} y={y(value) - 9}>
              {value.toFixed(2)}
            </text>
            <text x={x(place)} y={HEIGHT - 4}>
              {k}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
}
